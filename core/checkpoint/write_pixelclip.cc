#include <string_view>
#include <variant>

#include "core/checkpoint/checkpoint.h"
#include "core/checkpoint/problem.h"
#include "core/checkpoint/torch_zip_writer.h"

namespace pixelclip {
namespace {

constexpr int64_t kHeadWidth = 64;
constexpr double kEps = 1e-5;

template <typename Tower>
absl::Status CheckTower(std::string_view name, const Tower& tower) {
  if (tower.heads * kHeadWidth != tower.width) {
    return absl::FailedPreconditionError(Concat("PixelCLIP's layout implies heads of ", kHeadWidth,
                                                " channels; the ", name, " encoder has ", tower.heads,
                                                " heads over ", tower.width));
  }
  if (tower.activation != Activation::kQuickGelu) {
    return absl::FailedPreconditionError(Concat("PixelCLIP's layout implies quick_gelu; the ", name,
                                                " encoder has ", ActivationName(tower.activation)));
  }
  if (tower.layer_norm_eps != kEps) {
    return absl::FailedPreconditionError(Concat("PixelCLIP's layout implies a layer-norm epsilon of ", kEps,
                                                "; the ", name, " encoder has ", tower.layer_norm_eps));
  }
  return absl::OkStatus();
}

// The layout has no configuration: a model must be what its readers take for granted.
absl::Status CheckExpressible(const ModelConfig& config) {
  const auto* vision = std::get_if<VitConfig>(&config.vision);
  if (vision == nullptr) {
    return absl::FailedPreconditionError(
        Concat("PixelCLIP's layout holds a ViT; this is ", Describe(config)));
  }
  if (vision->grid_height != vision->grid_width) {
    return absl::FailedPreconditionError(Concat("PixelCLIP's layout implies a square grid of patches; found ",
                                                vision->grid_height, " x ", vision->grid_width));
  }
  if (config.text.pooling != TextPooling::kLargestId) {
    return absl::FailedPreconditionError("PixelCLIP's layout implies pooling at the largest token id");
  }
  if (absl::Status status = CheckTower("visual", *vision); !status.ok()) return status;
  return CheckTower("text", config.text);
}

}  // namespace

absl::Status WritePixelClip(const ModelConfig& config, const std::map<std::string, StoredTensor>& tensors,
                            const std::string& path) {
  if (absl::Status status = CheckExpressible(config); !status.ok()) return status;
  return WriteTorchZip(path, tensors);
}

}  // namespace pixelclip
