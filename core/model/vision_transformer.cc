#include "core/model/vision_transformer.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/upsample_bicubic2d.h>

#include <string>

#include "core/model/last_block.h"

namespace pixelclip {

VisionTransformer::VisionTransformer(const VitConfig& config, const Weights& weights)
    : config_(config),
      conv1_(weights.Get("conv1.weight")),
      class_embedding_(weights.Get("class_embedding")),
      positional_embedding_(weights.Get("positional_embedding")),
      ln_pre_(weights.Scope("ln_pre"), config.layer_norm_eps),
      ln_post_(weights.Scope("ln_post"), config.layer_norm_eps),
      proj_(weights.Get("proj").t(), /*bias=*/{}) {
  const Weights blocks = weights.Scope("transformer.resblocks");
  for (int64_t i = 0; i < config.layers; ++i) {
    resblocks_.emplace_back(blocks.Scope(std::to_string(i)), config.heads, config.activation,
                            config.layer_norm_eps);
  }
}

size_t VisionTransformer::Pack(Precision precision) {
  if (!UsesQueriesAndKeys(config_.last_block)) resblocks_.back().attn.KeepValuesOnly();
  // A hundredth of the work, and its error would go right into the features.
  size_t saved = proj_.Pack(precision == Precision::kInt8 ? Precision::kFp32 : precision);
  for (ResidualAttentionBlock& block : resblocks_) saved += block.Pack(precision);
  return saved;
}

at::Tensor VisionTransformer::EncodeDense(const at::Tensor& images) const {
  const at::Tensor patches =
      at::conv2d(images.to(conv1_.scalar_type()), conv1_, /*bias=*/{}, /*stride=*/config_.patch_size);
  const int64_t batch = patches.size(0), h = patches.size(2), w = patches.size(3);

  at::Tensor x =
      at::cat({class_embedding_.expand({batch, 1, config_.width}), patches.flatten(2).transpose(1, 2)}, 1);
  x = ln_pre_(x + PositionalEmbedding(h, w));
  for (size_t i = 0; i + 1 < resblocks_.size(); ++i) x = resblocks_[i](x, /*causal=*/false);
  x = ln_post_(EncodeLastBlock(config_.last_block, resblocks_.back(), x, h, w));
  return proj_(x).to(at::kFloat).view({batch, h, w, -1});
}

at::Tensor VisionTransformer::PositionalEmbedding(int64_t h, int64_t w) const {
  if (h == config_.grid_height && w == config_.grid_width) return positional_embedding_;
  const at::Tensor class_position = positional_embedding_.narrow(0, 0, 1);
  const at::Tensor grid = positional_embedding_.narrow(0, 1, config_.grid_height * config_.grid_width)
                              .view({1, config_.grid_height, config_.grid_width, config_.width})
                              .permute({0, 3, 1, 2});
  const at::Tensor resized = at::upsample_bicubic2d(grid, {h, w}, /*align_corners=*/false);
  return at::cat({class_position, resized.flatten(2).squeeze(0).t()}, 0);
}

}  // namespace pixelclip
