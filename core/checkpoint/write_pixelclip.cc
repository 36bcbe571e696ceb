#include <string_view>
#include <variant>

#include "core/checkpoint/checkpoint.h"
#include "core/checkpoint/problem.h"
#include "core/checkpoint/torch_zip_writer.h"

namespace pixelclip {
namespace {

constexpr int64_t kHeadWidth = 64;

absl::Status CheckEpsilon(std::string_view name, double epsilon, double implied) {
  if (epsilon == implied) return absl::OkStatus();
  return absl::FailedPreconditionError(Concat("PixelCLIP's layout implies a layer-norm epsilon of ", implied,
                                              "; the ", name, " encoder has ", epsilon));
}

template <typename Tower>
absl::Status CheckTransformer(std::string_view name, const Tower& tower, Activation implied) {
  if (tower.heads * kHeadWidth != tower.width) {
    return absl::FailedPreconditionError(Concat("PixelCLIP's layout implies heads of ", kHeadWidth,
                                                " channels; the ", name, " encoder has ", tower.heads,
                                                " heads over ", tower.width));
  }
  if (tower.activation != implied) {
    return absl::FailedPreconditionError(Concat("PixelCLIP's layout implies ", ActivationName(implied),
                                                "; the ", name, " encoder has ",
                                                ActivationName(tower.activation)));
  }
  return CheckEpsilon(name, tower.layer_norm_eps, TextConfig().layer_norm_eps);
}

absl::Status CheckVision(const VitConfig& vision) {
  if (vision.grid_height != vision.grid_width) {
    return absl::FailedPreconditionError(Concat("PixelCLIP's layout implies a square grid of patches; found ",
                                                vision.grid_height, " x ", vision.grid_width));
  }
  return CheckTransformer("visual", vision, Activation::kQuickGelu);
}

absl::Status CheckVision(const ConvNeXtConfig& vision) {
  return CheckEpsilon("visual", vision.layer_norm_eps, ConvNeXtConfig().layer_norm_eps);
}

absl::Status CheckVision(const EfficientNetConfig&) {
  return absl::FailedPreconditionError(
      "PixelCLIP's layout holds a ViT or a ConvNeXt; this is an EfficientNet");
}

// The layout has no configuration: a model must be what its readers take for granted.
absl::Status CheckExpressible(const ModelConfig& config) {
  const auto check = [](const auto& vision) { return CheckVision(vision); };
  if (absl::Status status = std::visit(check, config.vision); !status.ok()) return status;
  if (config.text.pooling != TextPooling::kLargestId) {
    return absl::FailedPreconditionError("PixelCLIP's layout implies pooling at the largest token id");
  }
  const bool is_vit = std::holds_alternative<VitConfig>(config.vision);
  return CheckTransformer("text", config.text, is_vit ? Activation::kQuickGelu : Activation::kGelu);
}

}  // namespace

absl::Status WritePixelClip(const ModelConfig& config, const std::map<std::string, StoredTensor>& tensors,
                            const std::string& path) {
  if (absl::Status status = CheckExpressible(config); !status.ok()) return status;
  return WriteTorchZip(path, tensors);
}

}  // namespace pixelclip
