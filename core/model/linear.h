#ifndef PIXELCLIP_CORE_MODEL_LINEAR_H_
#define PIXELCLIP_CORE_MODEL_LINEAR_H_

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>

#include "core/model/int8_rows.h"
#include "core/model/weights.h"
#include "core/precision.h"

namespace pixelclip {

// A linear layer, x W^T + b, over the last axis of x: [..., in] float32 to [..., out] float32.
//
// As it is made it consists of LibTorch's ordinary operations: differentiable, on every device. Packed, it
// keeps its weight only as oneDNN's kernels of one precision read it: faster, on the CPU, without gradients
// and never under autocast. Any number of threads may call it, but not while it is packed.
class Linear {
 public:
  explicit Linear(const Weights& weights);  // "weight", and "bias" where there is one
  Linear(at::Tensor weight, at::Tensor bias);

  // Packs the weight and lets go of the original; once at most. Returns by how many bytes the weight is
  // smaller now. Nothing happens to a layer on a GPU, or whose weight is not float32, or in fp32 where
  // LibTorch came without oneDNN.
  size_t Pack(Precision precision);

  at::Tensor operator()(const at::Tensor& x) const;

  // y + x W^T + b, in one pass where possible. y: [..., out] float32.
  at::Tensor AddedTo(const at::Tensor& y, const at::Tensor& x) const;

  // y + W2 f(x W^T + b) + b2: this layer and `next`, after Pack of both in the same precision, as an MLP with
  // its shortcut. What lies between them is never written in more than the precision's bits.
  at::Tensor ThenAddedTo(const at::Tensor& y, Nonlinearity f, const Linear& next, const at::Tensor& x) const;

  int64_t outputs() const { return outputs_; }

  // Only before it is packed. Layers over the same tensors, or of tensors made from them:
  Linear Outputs(int64_t first, int64_t count) const;  // some of the outputs
  Linear Scaled(double weight_factor, double bias_factor) const;

 private:
  enum class Form { kPlain, kFp32, kBf16, kInt8 };

  bool is_packed() const { return form_ != Form::kPlain; }

  at::Tensor Int8Product(const Int8Rows& x) const;

  Form form_ = Form::kPlain;
  int64_t outputs_;
  at::Tensor weight_;  // [out, in], or opaque
  at::Tensor bias_;    // [out]; may be undefined, but not in int8
  at::Tensor scales_;  // [out], in int8: what one step of the output's weights is worth
};

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_MODEL_LINEAR_H_
