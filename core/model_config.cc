#include "core/model_config.h"

#include "absl/strings/str_cat.h"

namespace pixelclip {

std::string_view ActivationName(Activation activation) {
  return activation == Activation::kQuickGelu ? "quick_gelu" : "gelu";
}

std::string Describe(const ModelConfig& config) {
  std::string encoder;
  if (const auto* vit = std::get_if<VitConfig>(&config.vision)) {
    encoder = absl::StrCat("ViT, width ", vit->width, ", ", vit->layers, " layers, patch ", vit->patch_size);
  } else {
    encoder = absl::StrCat("EfficientNet-Lite0, stride ",
                           std::get<EfficientNetConfig>(config.vision).dense_stride());
  }
  return absl::StrCat(encoder, ", ", config.embed_dim, " dimensions");
}

}  // namespace pixelclip
