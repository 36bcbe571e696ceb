#include "core/model/convolution.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/hardtanh.h>
#include <ATen/ops/relu.h>
#include <c10/util/Exception.h>

#include <algorithm>
#include <utility>

#include "core/model/onednn.h"

namespace pixelclip {
namespace {

// The sides of feature maps for which weights are laid out; others work as well.
constexpr int64_t kTypicalSide = 40;

std::string_view NameOf(Clamp clamp) {
  constexpr std::string_view kNames[] = {"none", "relu", "hardtanh"};
  return kNames[static_cast<int>(clamp)];
}

at::Tensor Clamped(at::Tensor x, Clamp clamp) {
  switch (clamp) {
    case Clamp::kNone:
      return x;
    case Clamp::kRelu:
      return at::relu(x);
    case Clamp::kRelu6:
      return at::hardtanh_(x, 0, 6);
  }
  return {};
}

// Zeros that "same" puts before and after an axis of n samples.
std::pair<int64_t, int64_t> SamePadding(int64_t n, int64_t kernel, int64_t stride, int64_t dilation) {
  const int64_t outputs = (n + stride - 1) / stride;
  const int64_t total = std::max<int64_t>((outputs - 1) * stride + dilation * (kernel - 1) + 1 - n, 0);
  return {total / 2, total - total / 2};
}

}  // namespace

Convolution::Convolution(const at::Tensor& weight, at::Tensor bias, Clamp clamp, int64_t stride,
                         int64_t dilation)
    : weight_(weight.contiguous(at::MemoryFormat::ChannelsLast)),
      bias_(std::move(bias)),
      clamp_(clamp),
      kernel_(weight.size(2)),
      stride_(stride),
      dilation_(dilation),
      groups_(weight.size(1) == 1 ? weight.size(0) : 1) {}

size_t Convolution::Pack(Precision precision) {
  TORCH_CHECK(!is_packed_, "a convolution is packed once");
  const size_t before = weight_.nbytes() + bias_.nbytes();
  if (precision != Precision::kFp32) {
    weight_ = weight_.to(at::kBFloat16);
    bias_ = bias_.to(at::kBFloat16);
  }
  const size_t saved = before - weight_.nbytes() - bias_.nbytes();
  if (weight_.is_cpu() && onednn::IsAvailable()) {
    is_packed_ = true;
    const int64_t inputs = groups_ > 1 ? groups_ : weight_.size(1);
    const int64_t padding = dilation_ * (kernel_ - 1) / 2;
    weight_ = onednn::PackConvolution(weight_, {{padding, padding}, stride_, dilation_, groups_},
                                      {1, inputs, kTypicalSide, kTypicalSide});
  }
  return saved;
}

at::Tensor Convolution::operator()(const at::Tensor& x) const { return Convolve(nullptr, x); }

at::Tensor Convolution::AddedTo(const at::Tensor& y, const at::Tensor& x) const { return Convolve(&y, x); }

at::Tensor Convolution::Convolve(const at::Tensor* y, const at::Tensor& x) const {
  const auto [top, bottom] = SamePadding(x.size(2), kernel_, stride_, dilation_);
  const auto [left, right] = SamePadding(x.size(3), kernel_, stride_, dilation_);
  const bool symmetric = top == bottom && left == right;
  const at::Tensor padded = symmetric ? x : at::constant_pad_nd(x, {left, right, top, bottom});
  const std::array<int64_t, 2> padding = {symmetric ? top : 0, symmetric ? left : 0};
  if (is_packed_) {
    const onednn::ConvolutionShape shape = {padding, stride_, dilation_, groups_};
    return y != nullptr ? onednn::ConvolveAdd(*y, padded, weight_, bias_, shape)
                        : onednn::Convolve(padded, weight_, bias_, shape, NameOf(clamp_));
  }
  const at::Tensor result =
      Clamped(at::conv2d(padded, weight_, bias_, stride_, padding, dilation_, groups_), clamp_);
  return y != nullptr ? *y + result : result;
}

}  // namespace pixelclip
