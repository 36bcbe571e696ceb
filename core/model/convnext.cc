#include "core/model/convnext.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/gelu.h>

#include <string>
#include <utility>

namespace pixelclip {

ConvNeXt::Convolution::Convolution(const Weights& weights)
    : weight(weights.Get("weight").contiguous(at::MemoryFormat::ChannelsLast)),
      bias(weights.Get("bias")),
      depthwise(weight.size(1) == 1) {}

at::Tensor ConvNeXt::Convolution::operator()(const at::Tensor& x) const {
  const int64_t kernel = weight.size(2);
  const at::Tensor channels_first = x.permute({0, 3, 1, 2});
  const at::Tensor y = depthwise ? at::conv2d(channels_first, weight, bias, /*stride=*/1, kernel / 2,
                                              /*dilation=*/1, weight.size(0))
                                 : at::conv2d(channels_first, weight, bias, /*stride=*/kernel);
  return y.permute({0, 2, 3, 1});
}

ConvNeXt::Block::Block(const Weights& weights, double eps, const at::Tensor& factor)
    : conv_dw(weights.Scope("conv_dw")),
      norm(weights.Scope("norm"), eps),
      mlp(Linear(weights.Scope("mlp.fc1")), Activation::kGelu,
          Linear(weights.Get("mlp.fc2.weight") * weights.Get("gamma").unsqueeze(1),
                 weights.Get("mlp.fc2.bias") * weights.Get("gamma"))),
      factor(factor) {}

at::Tensor ConvNeXt::Block::operator()(const at::Tensor& x) const {
  const at::Tensor inner = norm(conv_dw(x));
  if (!factor.defined()) return mlp.AddedTo(x, inner);
  return x + factor * mlp.c_proj(at::gelu(mlp.c_fc(inner)));
}

ConvNeXt::Downsample::Downsample(const Weights& weights, double eps)
    : norm(weights.Scope("0"), eps), conv(weights.Scope("1")) {}

at::Tensor ConvNeXt::Downsample::operator()(const at::Tensor& x) const { return conv(norm(x)); }

ConvNeXt::ConvNeXt(const ConvNeXtConfig& config, const Weights& weights, const at::Tensor& branch_factors)
    : stem_(weights.Scope("trunk.stem.0")),
      stem_norm_(weights.Scope("trunk.stem.1"), config.layer_norm_eps),
      head_norm_(weights.Scope("trunk.head.norm"), config.layer_norm_eps),
      projection_(weights.Scope(config.projection_width > 0 ? "head.mlp.fc2" : "head.proj")) {
  int64_t number = 0;  // of a block
  const auto next_factor = [&] {
    return branch_factors.defined() ? branch_factors[number++].view({-1, 1, 1, 1}) : at::Tensor();
  };
  for (size_t s = 0; s < config.depths.size(); ++s) {
    const Weights scope = weights.Scope("trunk.stages." + std::to_string(s));
    Stage stage;
    if (s > 0) stage.downsample.emplace(scope.Scope("downsample"), config.layer_norm_eps);
    for (int64_t b = 0; b < config.depths[s]; ++b) {
      stage.blocks.emplace_back(scope.Scope("blocks." + std::to_string(b)), config.layer_norm_eps,
                                next_factor());
    }
    stages_.push_back(std::move(stage));
  }
  if (config.projection_width > 0) hidden_.emplace(weights.Scope("head.mlp.fc1"));
}

size_t ConvNeXt::Pack(Precision precision) {
  size_t saved = 0;
  for (Stage& stage : stages_) {
    for (Block& block : stage.blocks) saved += block.mlp.Pack(precision);
  }
  return saved;
}

at::Tensor ConvNeXt::EncodeDense(const at::Tensor& images) const {
  at::Tensor x = stem_norm_(stem_(images.to(stem_.weight.scalar_type()).permute({0, 2, 3, 1})));
  for (const Stage& stage : stages_) {
    if (stage.downsample) x = (*stage.downsample)(x);
    for (const Block& block : stage.blocks) x = block(x);
  }
  x = head_norm_(x);
  return projection_(hidden_ ? at::gelu((*hidden_)(x)) : x).to(at::kFloat);
}

}  // namespace pixelclip
