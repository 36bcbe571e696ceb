#ifndef PIXELCLIP_CORE_MODEL_ONEDNN_LINEAR_H_
#define PIXELCLIP_CORE_MODEL_ONEDNN_LINEAR_H_

#include <ATen/core/Tensor.h>

#include <string_view>

// oneDNN's matrix products as LibTorch registers them for its compiler: without a C++ header, on the CPU
// only, not differentiable. Weights are packed once, in the order in which the kernels read them. Each row of
// a result depends on its own row of x alone.
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

}  // namespace pixelclip::onednn

#endif  // PIXELCLIP_CORE_MODEL_ONEDNN_LINEAR_H_
