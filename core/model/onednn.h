#ifndef PIXELCLIP_CORE_MODEL_ONEDNN_H_
#define PIXELCLIP_CORE_MODEL_ONEDNN_H_

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <string_view>

// oneDNN's matrix products and convolutions as LibTorch registers them for its compiler: without a C++
// header, on the CPU only, not differentiable. Weights are packed once, in the order in which the kernels
// read them. Each row of a product depends on its own row of x alone.
namespace pixelclip::onednn {

// False in a LibTorch that came without oneDNN.
bool IsAvailable();

// weight: [out, in] float32 or bfloat16. The result is opaque: only Linear and LinearAdd read it.
at::Tensor Pack(const at::Tensor& weight);

// operation(x W^T + b) in one pass; x, bias and the result have the weight's type. operation: "none", "gelu"
// (exact) or "swish" (x times its sigmoid). bias may be undefined.
at::Tensor Linear(const at::Tensor& x, const at::Tensor& packed, const at::Tensor& bias,
                  std::string_view operation);

// y + x W^T + b in one pass.
at::Tensor LinearAdd(const at::Tensor& y, const at::Tensor& x, const at::Tensor& packed,
                     const at::Tensor& bias);

// weight: [out, in] int8, for LinearInt8.
at::Tensor PackInt8(const at::Tensor& weight);

// (x - 128) W^T, computed exactly in integers, each output times its scale. x: [rows, in] uint8; scales:
// [out] float32. Returns [rows, out] float32. Throws c10::Error where oneDNN's product is not exact.
at::Tensor LinearInt8(const at::Tensor& x, const at::Tensor& packed, const at::Tensor& scales);

// Of a convolution: along both axes the same but for the padding, and full or, with one group for each
// channel, depthwise.
struct ConvolutionShape {
  std::array<int64_t, 2> padding = {0, 0};  // above and below; left and right
  int64_t stride = 1;
  int64_t dilation = 1;
  int64_t groups = 1;
};

// weight: [out, in / groups, k, k] float32 or bfloat16. The result is opaque: only Convolve and ConvolveAdd
// read it. Inputs are best of x_sizes; others work as well.
at::Tensor PackConvolution(const at::Tensor& weight, const ConvolutionShape& shape, at::IntArrayRef x_sizes);

// operation(convolution of x, and bias) in one pass; x: [B, in, H, W] of the weight's type, as is the result,
// with its channels last. operation: "none", "relu", or "hardtanh" (between 0 and 6).
at::Tensor Convolve(const at::Tensor& x, const at::Tensor& packed, const at::Tensor& bias,
                    const ConvolutionShape& shape, std::string_view operation);

// y + convolution of x, and bias, in one pass.
at::Tensor ConvolveAdd(const at::Tensor& y, const at::Tensor& x, const at::Tensor& packed,
                       const at::Tensor& bias, const ConvolutionShape& shape);

}  // namespace pixelclip::onednn

#endif  // PIXELCLIP_CORE_MODEL_ONEDNN_H_
