#include "trainer/dino/dino_vit.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/upsample_bicubic2d.h>
#include <c10/core/InferenceMode.h>

#include <exception>
#include <utility>

#include "core/checkpoint/problem.h"

namespace pixelclip {
namespace {

constexpr double kLayerNormEps = 1e-6;

}  // namespace

absl::StatusOr<std::unique_ptr<const DinoVit>> DinoVit::Load(const std::string& path, c10::Device device) {
  const absl::StatusOr<DinoCheckpoint> checkpoint = ReadDinoCheckpoint(path);
  if (!checkpoint.ok()) return checkpoint.status();
  try {
    const c10::InferenceMode no_gradients;
    const Weights weights = Weights(checkpoint->weights.tensors).To(device);
    return std::make_unique<const DinoVit>(checkpoint->shape, weights);
  } catch (const std::exception& error) {
    return Prefixed(path, absl::InternalError(error.what()));
  }
}

DinoVit::DinoVit(const DinoShape& shape, const Weights& weights)
    : shape_(shape),
      patch_weight_(weights.Get("patch_embed.proj.weight")),
      patch_bias_(weights.Get("patch_embed.proj.bias")),
      cls_token_(weights.Get("cls_token")),
      pos_embed_(weights.Get("pos_embed")),
      norm_(weights.Scope("norm"), kLayerNormEps) {
  const Weights blocks = weights.Scope("blocks");
  for (int64_t i = 0; i < shape.layers; ++i) {
    blocks_.emplace_back(blocks.Scope(std::to_string(i)), shape.heads, Activation::kGelu, kLayerNormEps);
  }
}

at::Tensor DinoVit::PatchFeatures(const at::Tensor& images) const {
  const at::Tensor patches = at::conv2d(images.to(patch_weight_.device()), patch_weight_, patch_bias_,
                                        /*stride=*/shape_.patch_size);
  const int64_t batch = patches.size(0), h = patches.size(2), w = patches.size(3);
  at::Tensor x =
      at::cat({cls_token_.expand({batch, 1, shape_.width}), patches.flatten(2).transpose(1, 2)}, 1);
  x = x + PositionalEmbedding(h, w);
  for (const ResidualAttentionBlock& block : blocks_) x = block(x, /*causal=*/false);
  return norm_(x.narrow(1, 1, h * w)).view({batch, h, w, shape_.width}).cpu();
}

// DINO resizes by a factor that is a tenth of a patch too large, lest the size be rounded down; the factor
// also sets where the samples lie.
at::Tensor DinoVit::PositionalEmbedding(int64_t h, int64_t w) const {
  const int64_t grid = shape_.grid;
  if (h == grid && w == grid) return pos_embed_;
  const at::Tensor trained =
      pos_embed_.narrow(1, 1, grid * grid).view({1, grid, grid, shape_.width}).permute({0, 3, 1, 2});
  const auto factor = [grid](int64_t side) {
    return (static_cast<double>(side) + 0.1) / static_cast<double>(grid);
  };
  const at::Tensor resized =
      at::upsample_bicubic2d(trained, {h, w}, /*align_corners=*/false, factor(h), factor(w));
  return at::cat({pos_embed_.narrow(1, 0, 1), resized.flatten(2).transpose(1, 2)}, 1);
}

}  // namespace pixelclip
