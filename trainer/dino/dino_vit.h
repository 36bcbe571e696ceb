#ifndef PIXELCLIP_TRAINER_DINO_DINO_VIT_H_
#define PIXELCLIP_TRAINER_DINO_DINO_VIT_H_

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/model/layers.h"
#include "core/model/weights.h"
#include "trainer/dino/dino_checkpoint.h"

namespace pixelclip {

// The vision transformer of DINO (Caron et al. 2021). Immutable; any number of threads may encode at once.
class DinoVit {
 public:
  // Reads a published file (see ReadDinoCheckpoint) into the memory of `device`.
  static absl::StatusOr<std::unique_ptr<const DinoVit>> Load(const std::string& path, c10::Device device);

  DinoVit(const DinoShape& shape, const Weights& weights);

  // What the last block gives for the patches, after the final normalisation.
  // images: [B, 3, H, W] float32, ImageNet's mean and standard deviation applied, on any device; H and W are
  // at least one patch, and what is beyond the last whole patch does not count. Returns [B, h, w, width]
  // float32 on the CPU, h and w being H and W over the patch size. Throws what LibTorch throws.
  at::Tensor PatchFeatures(const at::Tensor& images) const;

  const DinoShape& shape() const { return shape_; }

 private:
  // [1, 1 + h * w, width], resized as DINO's own code does.
  at::Tensor PositionalEmbedding(int64_t h, int64_t w) const;

  DinoShape shape_;
  at::Tensor patch_weight_, patch_bias_;  // [width, 3, patch, patch], [width]
  at::Tensor cls_token_;                  // [1, 1, width]
  at::Tensor pos_embed_;                  // [1, 1 + grid * grid, width]
  std::vector<ResidualAttentionBlock> blocks_;
  LayerNorm norm_;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_DINO_DINO_VIT_H_
