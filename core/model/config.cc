#include "core/model/config.h"

#include "absl/strings/str_cat.h"

namespace pixelclip {

std::string Describe(const ModelConfig& config) {
  return absl::StrCat("ViT, width ", config.vision.width, ", ", config.vision.layers, " layers, patch ",
                      config.vision.patch_size, ", ", config.embed_dim, " dimensions");
}

}  // namespace pixelclip
