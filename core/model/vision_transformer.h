#ifndef PIXELCLIP_CORE_MODEL_VISION_TRANSFORMER_H_
#define PIXELCLIP_CORE_MODEL_VISION_TRANSFORMER_H_

#include <ATen/core/Tensor.h>

#include <vector>

#include "core/model/layers.h"
#include "core/model/visual_encoder.h"
#include "core/model/weights.h"
#include "core/model_config.h"

namespace pixelclip {

// CLIP's vision transformer with PixelCLIP's dense last block.
class VisionTransformer : public VisualEncoder {
 public:
  VisionTransformer(const VitConfig& config, const Weights& weights);

  size_t Pack(Precision precision) override;
  at::Tensor EncodeDense(const at::Tensor& images) const override;
  int64_t patch_size() const override { return config_.patch_size; }

 private:
  // The positional embedding of the class token and of an h x w grid: [1 + h * w, width]. Resized (bicubic)
  // if the grid is not the trained one.
  at::Tensor PositionalEmbedding(int64_t h, int64_t w) const;

  VitConfig config_;
  at::Tensor conv1_;                 // [width, 3, patch, patch]
  at::Tensor class_embedding_;       // [width]
  at::Tensor positional_embedding_;  // [1 + grid_height * grid_width, width]
  LayerNorm ln_pre_;
  std::vector<ResidualAttentionBlock> resblocks_;
  LayerNorm ln_post_;
  Linear proj_;  // to D
};

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_MODEL_VISION_TRANSFORMER_H_
