#include "core/model/linear.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/silu.h>
#include <ATen/ops/zeros.h>
#include <c10/util/Exception.h>

#include <utility>
#include <vector>

#include "core/model/onednn.h"

namespace pixelclip {
namespace {

constexpr double kInt8Steps = 127;

std::string_view NameOf(Nonlinearity f) { return f == Nonlinearity::kGelu ? "gelu" : "swish"; }

at::Tensor Bf16(const at::Tensor& tensor) { return tensor.defined() ? tensor.to(at::kBFloat16) : tensor; }

// The shape of x with another last axis.
std::vector<int64_t> ShapeWith(const at::Tensor& x, int64_t last) {
  std::vector<int64_t> shape = x.sizes().vec();
  shape.back() = last;
  return shape;
}

}  // namespace

Linear::Linear(const Weights& weights) : Linear(weights.Get("weight"), weights.Find("bias")) {}

Linear::Linear(at::Tensor weight, at::Tensor bias)
    : outputs_(weight.size(0)), weight_(std::move(weight)), bias_(std::move(bias)) {}

size_t Linear::Pack(Precision precision) {
  TORCH_CHECK(!is_packed(), "a linear layer is packed once");
  if (!weight_.is_cpu() || weight_.scalar_type() != at::kFloat) return 0;
  if (precision == Precision::kFp32 && !onednn::IsAvailable()) return 0;
  const auto weights = static_cast<size_t>(weight_.numel()), before = weights * sizeof(float);
  switch (precision) {
    case Precision::kFp32:
      form_ = Form::kFp32;
      weight_ = onednn::Pack(weight_);
      return 0;
    case Precision::kBf16:
      form_ = Form::kBf16;
      weight_ = onednn::Pack(Bf16(weight_));
      bias_ = Bf16(bias_);
      return before - 2 * weights;
    case Precision::kInt8:
      form_ = Form::kInt8;
      scales_ = weight_.abs().amax(1).clamp_min(1e-30) / kInt8Steps;
      weight_ = onednn::PackInt8((weight_ / scales_.unsqueeze(1)).round().to(at::kChar));
      if (!bias_.defined()) bias_ = at::zeros({outputs_});
      return before - weights - scales_.nbytes();
  }
  return 0;
}

at::Tensor Linear::operator()(const at::Tensor& x) const {
  switch (form_) {
    case Form::kPlain:
      return at::linear(x, weight_, bias_);
    case Form::kFp32:
      return onednn::Linear(x, weight_, bias_, "none");
    case Form::kBf16:
      return onednn::Linear(Bf16(x), weight_, bias_, "none").to(at::kFloat);
    case Form::kInt8: {
      const Int8Rows rows = QuantizeRows(x);
      at::Tensor product = Int8Product(rows);
      DequantizeRows(rows.scales, bias_, /*y=*/{}, &product);
      return product.view(ShapeWith(x, outputs_));
    }
  }
  return {};
}

at::Tensor Linear::AddedTo(const at::Tensor& y, const at::Tensor& x) const {
  switch (form_) {
    case Form::kPlain:
      return y + at::linear(x, weight_, bias_);
    case Form::kFp32:
      return onednn::LinearAdd(y, x, weight_, bias_);
    case Form::kBf16:
      return y + onednn::Linear(Bf16(x), weight_, bias_, "none");  // in float32, which y is
    case Form::kInt8: {
      const Int8Rows rows = QuantizeRows(x);
      at::Tensor product = Int8Product(rows);
      DequantizeRows(rows.scales, bias_, y, &product);
      return product.view(y.sizes());
    }
  }
  return {};
}

at::Tensor Linear::ThenAddedTo(const at::Tensor& y, Nonlinearity f, const Linear& next,
                               const at::Tensor& x) const {
  switch (form_) {
    case Form::kPlain: {
      at::Tensor inner = at::linear(x, weight_, bias_);
      return next.AddedTo(y, f == Nonlinearity::kGelu ? at::gelu_(inner) : at::silu_(inner));
    }
    case Form::kFp32:
      return next.AddedTo(y, onednn::Linear(x, weight_, bias_, NameOf(f)));
    case Form::kBf16:
      return next.AddedTo(y, onednn::Linear(Bf16(x), weight_, bias_, NameOf(f)));
    case Form::kInt8: {
      const Int8Rows rows = QuantizeRows(x);
      at::Tensor product = Int8Product(rows);
      const Int8Rows activated = ActivateRows(rows.scales, bias_, f, &product);
      product = next.Int8Product(activated);
      DequantizeRows(activated.scales, next.bias_, y, &product);
      return product.view(y.sizes());
    }
  }
  return {};
}

at::Tensor Linear::Int8Product(const Int8Rows& x) const {
  return onednn::LinearInt8(x.values, weight_, scales_);
}

Linear Linear::Outputs(int64_t first, int64_t count) const {
  TORCH_CHECK(!is_packed(), "a packed layer cannot be divided");
  return Linear(weight_.narrow(0, first, count), bias_.defined() ? bias_.narrow(0, first, count) : bias_);
}

Linear Linear::Scaled(double weight_factor, double bias_factor) const {
  TORCH_CHECK(!is_packed(), "a packed layer cannot be scaled");
  return Linear(weight_ * weight_factor, bias_.defined() ? bias_ * bias_factor : bias_);
}

}  // namespace pixelclip
