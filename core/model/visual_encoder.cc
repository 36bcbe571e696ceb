#include "core/model/visual_encoder.h"

#include "core/model/efficientnet.h"
#include "core/model/vision_transformer.h"

namespace pixelclip {

std::unique_ptr<VisualEncoder> MakeVisualEncoder(const ModelConfig& config, const Weights& weights) {
  if (const auto* efficientnet = std::get_if<EfficientNetConfig>(&config.vision)) {
    return std::make_unique<EfficientNet>(*efficientnet, weights);
  }
  return std::make_unique<VisionTransformer>(std::get<VitConfig>(config.vision), weights);
}

}  // namespace pixelclip
