#include "core/model/plain_array.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/linalg_vector_norm.h>

namespace pixelclip {

at::Tensor ViewAsTensor(const std::vector<float>& values, at::IntArrayRef shape) {
  return at::from_blob(const_cast<float*>(values.data()), shape, at::kFloat);
}

std::vector<float> ToPlainArray(const at::Tensor& tensor) {
  const at::Tensor contiguous = tensor.contiguous();
  const float* data = contiguous.const_data_ptr<float>();
  return std::vector<float>(data, data + contiguous.numel());
}

at::Tensor Normalize(const at::Tensor& x, int64_t dim) {
  return x / at::linalg_vector_norm(x, 2, dim, /*keepdim=*/true).clamp_min(1e-12);
}

}  // namespace pixelclip
