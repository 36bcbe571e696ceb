#ifndef PIXELCLIP_CORE_MODEL_PLAIN_ARRAY_H_
#define PIXELCLIP_CORE_MODEL_PLAIN_ARRAY_H_

#include <ATen/core/Tensor.h>

#include <vector>

namespace pixelclip {

// Between the plain arrays of core/features.h and tensors. CPU, float32.

// A tensor over the array's own memory, which must outlive it and stay as it is.
at::Tensor ViewAsTensor(const std::vector<float>& values, at::IntArrayRef shape);

// A copy of the elements in row-major order.
std::vector<float> ToPlainArray(const at::Tensor& tensor);

// x over its Euclidean norm along `dim`; zeros stay zeros.
at::Tensor Normalize(const at::Tensor& x, int64_t dim);

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_MODEL_PLAIN_ARRAY_H_
