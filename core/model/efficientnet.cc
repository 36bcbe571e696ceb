#include "core/model/efficientnet.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/hardtanh.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/rsqrt.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "core/efficientnet_lite0.h"

namespace pixelclip {
namespace {

constexpr double kBatchNormEps = 1e-3;  // TensorFlow's, not PyTorch's

struct FoldedConvolution {
  at::Tensor weight, bias;
};

// w x * gamma / sqrt(var + eps) + (beta - mean * gamma / sqrt(var + eps))
FoldedConvolution FoldBatchNorm(const at::Tensor& weight, const Weights& norm) {
  const at::Tensor scale = norm.Get("weight") * at::rsqrt(norm.Get("running_var") + kBatchNormEps);
  return {(weight * scale.view({-1, 1, 1, 1})).contiguous(at::MemoryFormat::ChannelsLast),
          norm.Get("bias") - norm.Get("running_mean") * scale};
}

// Zeros that "same" puts before and after an axis of n samples.
std::pair<int64_t, int64_t> SamePadding(int64_t n, int64_t kernel, int64_t stride, int64_t dilation) {
  const int64_t outputs = (n + stride - 1) / stride;
  const int64_t total = std::max<int64_t>((outputs - 1) * stride + dilation * (kernel - 1) + 1 - n, 0);
  return {total / 2, total - total / 2};
}

}  // namespace

at::Tensor EfficientNet::Convolution::operator()(const at::Tensor& x) const {
  const int64_t kernel = weight.size(2);
  const auto [top, bottom] = SamePadding(x.size(2), kernel, stride, dilation);
  const auto [left, right] = SamePadding(x.size(3), kernel, stride, dilation);
  const bool symmetric = top == bottom && left == right;
  const at::Tensor padded = symmetric ? x : at::constant_pad_nd(x, {left, right, top, bottom});
  const std::vector<int64_t> padding =
      symmetric ? std::vector<int64_t>{top, left} : std::vector<int64_t>{0, 0};
  at::Tensor y = at::conv2d(padded, weight, bias, stride, padding, dilation, depthwise ? weight.size(0) : 1);
  return activate ? at::hardtanh_(y, 0, 6) : y;
}

EfficientNet::EfficientNet(const EfficientNetConfig& config, const Weights& weights)
    : patch_size_(config.dense_stride()), projection_(weights.Get("head.proj.weight")) {
  if (config.refiner_width > 0) refiner_.emplace(weights.Scope("refiner"));
  const Weights trunk = weights.Scope("trunk");
  const auto convolution = [](const Weights& scope, const std::string& conv, const std::string& norm,
                              bool activate) {
    const FoldedConvolution folded = FoldBatchNorm(scope.Get(conv + ".weight"), scope.Scope(norm));
    Convolution result;
    result.weight = folded.weight;
    result.bias = folded.bias;
    result.depthwise = folded.weight.size(1) == 1;
    result.activate = activate;
    return result;
  };

  Convolution stem = convolution(trunk, "conv_stem", "bn1", true);
  stem.stride = efficientnet_lite0::kStemStride;
  blocks_.push_back({{std::move(stem)}, false});

  // Once the features have the wanted stride, further strides become dilations of what follows.
  int64_t reached_stride = efficientnet_lite0::kStemStride, dilation = 1;
  for (size_t s = 0; s < std::size(efficientnet_lite0::kStages); ++s) {
    for (int b = 0; b < efficientnet_lite0::kStages[s].repeats; ++b) {
      const Weights scope = trunk.Scope("blocks." + std::to_string(s) + "." + std::to_string(b));
      int64_t stride = b == 0 ? efficientnet_lite0::kStages[s].stride : 1;
      const int64_t own_dilation = dilation;
      if (reached_stride * stride > config.output_stride) {
        dilation *= stride;
        stride = 1;
      }
      reached_stride *= stride;

      Block block;
      if (s == 0) {  // depthwise separable: no expansion
        block.convolutions = {convolution(scope, "conv_dw", "bn1", true),
                              convolution(scope, "conv_pw", "bn2", false)};
      } else {  // inverted residual
        block.convolutions = {convolution(scope, "conv_pw", "bn1", true),
                              convolution(scope, "conv_dw", "bn2", true),
                              convolution(scope, "conv_pwl", "bn3", false)};
      }
      Convolution& depthwise = block.convolutions[block.convolutions.size() - 2];
      depthwise.stride = stride;
      depthwise.dilation = own_dilation;
      block.has_shortcut = b > 0;
      blocks_.push_back(std::move(block));
    }
    if (s == efficientnet_lite0::kDetailStage) detail_block_ = blocks_.size() - 1;
  }
  blocks_.push_back({{convolution(trunk, "conv_head", "bn2", true)}, false});
}

size_t EfficientNet::Pack(Precision precision) {
  if (precision == Precision::kFp32) return 0;
  is_bf16_ = true;
  size_t saved = 0;
  for (Block& block : blocks_) {
    for (Convolution& convolution : block.convolutions) {
      const size_t before = convolution.weight.nbytes() + convolution.bias.nbytes();
      convolution.weight = convolution.weight.to(at::kBFloat16);
      convolution.bias = convolution.bias.to(at::kBFloat16);
      saved += before - convolution.weight.nbytes() - convolution.bias.nbytes();
    }
  }
  return saved;
}

at::Tensor EfficientNet::EncodeDense(const at::Tensor& images) const {
  at::Tensor x = (is_bf16_ ? images.to(at::kBFloat16) : images).contiguous(at::MemoryFormat::ChannelsLast);
  at::Tensor detail;
  for (size_t i = 0; i < blocks_.size(); ++i) {
    at::Tensor y = x;
    for (const Convolution& convolution : blocks_[i].convolutions) y = convolution(y);
    x = blocks_[i].has_shortcut ? x + y : y;
    if (i == detail_block_) detail = x;
  }
  if (is_bf16_) {
    x = x.to(at::kFloat);
    detail = detail.to(at::kFloat);
  }
  const at::Tensor coarse = at::linear(x.permute({0, 2, 3, 1}), projection_);
  return refiner_ ? (*refiner_)(coarse, detail) : coarse;
}

}  // namespace pixelclip
