#include "core/model/onednn.h"

#include <ATen/Context.h>
#include <ATen/core/List.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>
#include <c10/util/Exception.h>

#include <optional>

namespace pixelclip::onednn {
namespace {

// For how many rows weights are laid out: a picture's patches. Other numbers work as well.
constexpr int64_t kTypicalRows = 400;

using Scalars = c10::List<std::optional<at::Scalar>>;
using ReorderOp = at::Tensor(const at::Tensor& weight, std::optional<c10::SymInt> batch);
using LinearOp = at::Tensor(const at::Tensor& x, const at::Tensor& weight,
                            const std::optional<at::Tensor>& bias, std::string_view operation,
                            Scalars operation_arguments, std::optional<std::string_view> algorithm);
using LinearAddOp = at::Tensor(const at::Tensor& x, const at::Tensor& y, const at::Tensor& weight,
                               const std::optional<at::Tensor>& bias, std::string_view operation);
using PackInt8Op = at::Tensor(at::Tensor weight, std::optional<c10::List<int64_t>> x_shape);
using LinearInt8Op = at::Tensor(at::Tensor x, double x_scale, int64_t x_zero_point, at::Tensor weight,
                                at::Tensor weight_scales, at::Tensor weight_zero_points,
                                std::optional<at::Tensor> bias, double output_scale,
                                int64_t output_zero_point, std::optional<at::ScalarType> output_type,
                                std::string_view operation, Scalars operation_arguments,
                                std::string_view algorithm);

using ReorderConvolutionOp = at::Tensor(const at::Tensor& weight, at::IntArrayRef padding,
                                        at::IntArrayRef stride, at::IntArrayRef dilation, int64_t groups,
                                        at::OptionalIntArrayRef x_sizes);
using ConvolutionOp = at::Tensor(const at::Tensor& x, const at::Tensor& weight,
                                 const std::optional<at::Tensor>& bias, at::IntArrayRef padding,
                                 at::IntArrayRef stride, at::IntArrayRef dilation, int64_t groups,
                                 std::string_view operation, Scalars operation_arguments,
                                 std::optional<std::string_view> algorithm);
using ConvolutionAddOp = at::Tensor(const at::Tensor& x, const at::Tensor& y, const at::Tensor& weight,
                                    const std::optional<at::Tensor>& bias, at::IntArrayRef padding,
                                    at::IntArrayRef stride, at::IntArrayRef dilation, int64_t groups,
                                    std::string_view operation, std::optional<at::Scalar> factor,
                                    std::optional<std::string_view> after, Scalars after_arguments,
                                    std::optional<std::string_view> algorithm);

template <typename Signature>
c10::TypedOperatorHandle<Signature> Find(const char* name, const char* overload) {
  return c10::Dispatcher::singleton().findSchemaOrThrow(name, overload).typed<Signature>();
}

std::optional<at::Tensor> OptionalOf(const at::Tensor& tensor) {
  return tensor.defined() ? std::optional(tensor) : std::nullopt;
}

at::Tensor Int8Product(const at::Tensor& x, const at::Tensor& packed, const at::Tensor& scales) {
  static const auto linear = Find<LinearInt8Op>("onednn::qlinear_pointwise", "");
  const at::Tensor zero_points = at::zeros({scales.size(0)}, at::kInt);
  return linear.call(x, /*x_scale=*/1, /*x_zero_point=*/128, packed, scales, zero_points, std::nullopt,
                     /*output_scale=*/1, /*output_zero_point=*/0, at::kFloat, "none", Scalars(), "");
}

// Kernels for CPUs before VNNI overflow at sums like this one; oneDNN may be told to use them
// (ONEDNN_MAX_CPU_ISA).
bool IsInt8Exact() {
  constexpr int64_t kLength = 64;
  const at::Tensor weight = PackInt8(at::full({1, kLength}, 127, at::kChar));
  const at::Tensor sum = Int8Product(at::full({1, kLength}, 255, at::kByte), weight, at::ones({1}));
  return sum.item<float>() == 127 * 127 * kLength;
}

}  // namespace

bool IsAvailable() { return at::globalContext().hasMKLDNN(); }

at::Tensor Pack(const at::Tensor& weight) {
  static const auto reorder = Find<ReorderOp>("mkldnn::_reorder_linear_weight", "");
  return reorder.call(weight.contiguous(), c10::SymInt(kTypicalRows));
}

at::Tensor Linear(const at::Tensor& x, const at::Tensor& packed, const at::Tensor& bias,
                  std::string_view operation) {
  static const auto linear = Find<LinearOp>("mkldnn::_linear_pointwise", "");
  return linear.call(x, packed, OptionalOf(bias), operation, Scalars(), operation == "gelu" ? "none" : "");
}

at::Tensor LinearAdd(const at::Tensor& y, const at::Tensor& x, const at::Tensor& packed,
                     const at::Tensor& bias) {
  static const auto linear = Find<LinearAddOp>("mkldnn::_linear_pointwise", "binary");
  return linear.call(x, y, packed, OptionalOf(bias), "add");
}

at::Tensor PackInt8(const at::Tensor& weight) {
  static const auto pack = Find<PackInt8Op>("onednn::qlinear_prepack", "");
  return pack.call(weight.contiguous(), c10::List<int64_t>({kTypicalRows, weight.size(1)}));
}

at::Tensor LinearInt8(const at::Tensor& x, const at::Tensor& packed, const at::Tensor& scales) {
  static const bool is_exact = IsInt8Exact();
  TORCH_CHECK(is_exact, "precision int8: oneDNN's 8-bit products overflow on this machine; take fp32");
  return Int8Product(x, packed, scales);
}

at::Tensor PackConvolution(const at::Tensor& weight, const ConvolutionShape& shape, at::IntArrayRef x_sizes) {
  static const auto reorder = Find<ReorderConvolutionOp>("mkldnn::_reorder_convolution_weight", "");
  const std::array<int64_t, 2> stride = {shape.stride, shape.stride};
  const std::array<int64_t, 2> dilation = {shape.dilation, shape.dilation};
  return reorder.call(weight, shape.padding, stride, dilation, shape.groups, x_sizes);
}

at::Tensor Convolve(const at::Tensor& x, const at::Tensor& packed, const at::Tensor& bias,
                    const ConvolutionShape& shape, std::string_view operation) {
  static const auto convolve = Find<ConvolutionOp>("mkldnn::_convolution_pointwise", "");
  static const Scalars zero_to_six({at::Scalar(0.0), at::Scalar(6.0)});
  const std::array<int64_t, 2> stride = {shape.stride, shape.stride};
  const std::array<int64_t, 2> dilation = {shape.dilation, shape.dilation};
  return convolve.call(x, packed, OptionalOf(bias), shape.padding, stride, dilation, shape.groups, operation,
                       operation == "hardtanh" ? zero_to_six : Scalars(), "");
}

at::Tensor ConvolveAdd(const at::Tensor& y, const at::Tensor& x, const at::Tensor& packed,
                       const at::Tensor& bias, const ConvolutionShape& shape) {
  static const auto convolve = Find<ConvolutionAddOp>("mkldnn::_convolution_pointwise", "binary");
  const std::array<int64_t, 2> stride = {shape.stride, shape.stride};
  const std::array<int64_t, 2> dilation = {shape.dilation, shape.dilation};
  return convolve.call(x, y, packed, OptionalOf(bias), shape.padding, stride, dilation, shape.groups, "add",
                       std::nullopt, std::nullopt, Scalars(), std::nullopt);
}

}  // namespace pixelclip::onednn
