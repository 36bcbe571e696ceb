#ifndef PIXELCLIP_CORE_MODEL_CONVOLUTION_H_
#define PIXELCLIP_CORE_MODEL_CONVOLUTION_H_

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>

#include "core/precision.h"

namespace pixelclip {

enum class Clamp { kNone, kRelu, kRelu6 };

// A convolution with bias over [B, in, H, W], padded as TensorFlow's "same" so that sides become
// ceil(H / stride) and ceil(W / stride); and perhaps a ReLU after it. Depthwise if its weight is [out, 1, k,
// k].
//
// As it is made it consists of LibTorch's ordinary operations: differentiable, on every device. Packed, it
// keeps its weight as oneDNN reads it: faster, and without gradients. LibTorch would choose the library by the
// batch and the number of threads; packed, that is oneDNN always, and only the order of its sums may differ.
// Any number of threads may call it, but not while it is packed.
class Convolution {
 public:
  Convolution(const at::Tensor& weight, at::Tensor bias, Clamp clamp, int64_t stride = 1,
              int64_t dilation = 1);

  // Once at most, in fp32 or bf16; in bf16 it takes and returns bfloat16. Only converted on a GPU, and where
  // LibTorch came without oneDNN. Returns by how many bytes the weight is smaller now.
  size_t Pack(Precision precision);

  at::Tensor operator()(const at::Tensor& x) const;

  // y plus what it makes of x, in one pass where possible. REQUIRES: Clamp::kNone.
  at::Tensor AddedTo(const at::Tensor& y, const at::Tensor& x) const;

 private:
  // Added to *y, unless that is nullptr.
  at::Tensor Convolve(const at::Tensor* y, const at::Tensor& x) const;

  at::Tensor weight_;  // [out, in or 1, k, k] with its channels last, or opaque
  at::Tensor bias_;    // [out]
  Clamp clamp_;
  int64_t kernel_, stride_, dilation_, groups_;
  bool is_packed_ = false;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_MODEL_CONVOLUTION_H_
