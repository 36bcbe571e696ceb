#include "core/model/visual_encoder.h"

#include "core/model/convnext.h"
#include "core/model/efficientnet.h"
#include "core/model/vision_transformer.h"

namespace pixelclip {
namespace {

// The class that computes each configuration.
std::unique_ptr<VisualEncoder> Make(const VitConfig& config, const Weights& weights) {
  return std::make_unique<VisionTransformer>(config, weights);
}
std::unique_ptr<VisualEncoder> Make(const EfficientNetConfig& config, const Weights& weights) {
  return std::make_unique<EfficientNet>(config, weights);
}
std::unique_ptr<VisualEncoder> Make(const ConvNeXtConfig& config, const Weights& weights) {
  return std::make_unique<ConvNeXt>(config, weights);
}

}  // namespace

std::unique_ptr<VisualEncoder> MakeVisualEncoder(const ModelConfig& config, const Weights& weights) {
  return std::visit([&](const auto& vision) { return Make(vision, weights); }, config.vision);
}

}  // namespace pixelclip
