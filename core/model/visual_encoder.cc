#include "core/model/visual_encoder.h"

#include "core/model/vision_transformer.h"

namespace pixelclip {

std::unique_ptr<VisualEncoder> MakeVisualEncoder(const ModelConfig& config, const Weights& weights) {
  return std::make_unique<VisionTransformer>(config.vision, weights);
}

}  // namespace pixelclip
