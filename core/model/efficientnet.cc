#include "core/model/efficientnet.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/rsqrt.h>

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
  return {weight * scale.view({-1, 1, 1, 1}), norm.Get("bias") - norm.Get("running_mean") * scale};
}

}  // namespace

EfficientNet::EfficientNet(const EfficientNetConfig& config, const Weights& weights)
    : patch_size_(config.dense_stride()), projection_(weights.Get("head.proj.weight")) {
  if (config.refiner_width > 0) refiner_.emplace(weights.Scope("refiner"));
  const Weights trunk = weights.Scope("trunk");
  const auto convolution = [](const Weights& scope, const std::string& conv, const std::string& norm,
                              Clamp clamp, int64_t stride = 1, int64_t dilation = 1) {
    const FoldedConvolution folded = FoldBatchNorm(scope.Get(conv + ".weight"), scope.Scope(norm));
    return Convolution(folded.weight, folded.bias, clamp, stride, dilation);
  };

  blocks_.push_back(
      {{convolution(trunk, "conv_stem", "bn1", Clamp::kRelu6, efficientnet_lite0::kStemStride)}, false});

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
        block.convolutions = {convolution(scope, "conv_dw", "bn1", Clamp::kRelu6, stride, own_dilation),
                              convolution(scope, "conv_pw", "bn2", Clamp::kNone)};
      } else {  // inverted residual
        block.convolutions = {convolution(scope, "conv_pw", "bn1", Clamp::kRelu6),
                              convolution(scope, "conv_dw", "bn2", Clamp::kRelu6, stride, own_dilation),
                              convolution(scope, "conv_pwl", "bn3", Clamp::kNone)};
      }
      block.has_shortcut = b > 0;
      blocks_.push_back(std::move(block));
    }
    if (s == efficientnet_lite0::kDetailStage) detail_block_ = blocks_.size() - 1;
  }
  blocks_.push_back({{convolution(trunk, "conv_head", "bn2", Clamp::kRelu6)}, false});
}

size_t EfficientNet::Pack(Precision precision) {
  is_bf16_ = precision != Precision::kFp32;
  size_t saved = 0;
  for (Block& block : blocks_) {
    for (Convolution& convolution : block.convolutions) saved += convolution.Pack(precision);
  }
  if (refiner_) refiner_->Pack();
  return saved;
}

at::Tensor EfficientNet::EncodeDense(const at::Tensor& images) const {
  at::Tensor x = (is_bf16_ ? images.to(at::kBFloat16) : images).contiguous(at::MemoryFormat::ChannelsLast);
  at::Tensor detail;
  for (size_t i = 0; i < blocks_.size(); ++i) {
    const std::vector<Convolution>& convolutions = blocks_[i].convolutions;
    at::Tensor y = x;
    for (size_t c = 0; c + 1 < convolutions.size(); ++c) y = convolutions[c](y);
    x = blocks_[i].has_shortcut ? convolutions.back().AddedTo(x, y) : convolutions.back()(y);
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
