#include <cmath>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <system_error>

#include "core/checkpoint/atomic_file.h"
#include "core/checkpoint/checkpoint.h"
#include "core/checkpoint/convnext_sizes.h"
#include "core/checkpoint/problem.h"
#include "core/checkpoint/safetensors.h"

namespace pixelclip {
namespace {

using nlohmann::ordered_json;

constexpr double kDefaultEps = 1e-5;
constexpr std::string_view kRefinerScope = "visual.refiner.";
constexpr const char* kRefinerFile = "dense_refiner.safetensors";

// OpenCLIP takes the integer part of width * ratio: the quotient must not be rounded down.
double MlpRatio(int64_t width, int64_t mlp_width) {
  double ratio = static_cast<double>(mlp_width) / static_cast<double>(width);
  while (static_cast<double>(width) * ratio < static_cast<double>(mlp_width))
    ratio = std::nextafter(ratio, HUGE_VAL);
  return ratio;
}

// What both towers' sections have in common.
template <typename Tower>
ordered_json CommonConfig(const Tower& tower) {
  ordered_json config = {{"width", tower.width}, {"layers", tower.layers}};
  if (tower.mlp_width != 4 * tower.width) {
    config["mlp_ratio"] = MlpRatio(tower.width, tower.mlp_width);
  }
  if (tower.layer_norm_eps != kDefaultEps) config["norm_kwargs"] = {{"eps", tower.layer_norm_eps}};
  return config;
}

ordered_json VisionSection(const VitConfig& vision) {
  ordered_json config = CommonConfig(vision);
  const int64_t height = vision.grid_height * vision.patch_size;
  const int64_t width = vision.grid_width * vision.patch_size;
  if (height == width) {
    config["image_size"] = height;
  } else {
    config["image_size"] = {height, width};
  }
  config["patch_size"] = vision.patch_size;
  config["head_width"] = vision.width / vision.heads;
  return config;
}

ordered_json VisionSection(const EfficientNetConfig& vision) {
  return {{"timm_model_name", "tf_efficientnet_lite0"},
          {"timm_model_pretrained", false},
          {"timm_pool", ""},
          {"timm_proj", "linear"},
          {"image_size", vision.image_size}};
}

ordered_json VisionSection(const ConvNeXtConfig& vision) {
  ordered_json config = {{"timm_model_name", "convnext"},
                         {"timm_model_pretrained", false},
                         {"timm_pool", ""},
                         {"timm_proj", vision.projection_width > 0 ? "mlp" : "linear"},
                         {"image_size", vision.image_size}};
  for (const ConvNeXtSize& size : kConvNeXtSizes) {
    if (size.depths != vision.depths || size.widths != vision.widths ||
        size.layer_norm_eps != vision.layer_norm_eps) {
      continue;
    }
    config["timm_model_name"] = size.name;
    return config;
  }
  config["timm_model_kwargs"] = {
      {"depths", vision.depths}, {"dims", vision.widths}, {"norm_eps", vision.layer_norm_eps}};
  return config;
}

ordered_json TextSection(const TextConfig& text) {
  ordered_json config = CommonConfig(text);
  config["context_length"] = text.context_length;
  config["vocab_size"] = text.vocabulary_size;
  config["heads"] = text.heads;
  // The last id of the vocabulary is the largest of any text that contains it.
  if (text.pooling == TextPooling::kEndTokenId && text.end_token_id != text.vocabulary_size - 1) {
    config["pool_type"] = "eos";
    config["eos_id"] = text.end_token_id;
  }
  return config;
}

absl::Status WriteText(const std::string& path, const std::string& text) {
  absl::StatusOr<AtomicFile> file = AtomicFile::Create(path);
  if (!file.ok()) return file.status();
  if (absl::Status status = file->Append(text.data(), text.size()); !status.ok()) return status;
  return file->Commit();
}

}  // namespace

absl::Status WriteOpenClip(const Checkpoint& checkpoint, const std::string& directory) {
  const ModelConfig& config = checkpoint.config;
  const auto* vit = std::get_if<VitConfig>(&config.vision);
  if (vit != nullptr && vit->activation != config.text.activation) {
    return absl::FailedPreconditionError("OpenCLIP has one activation for both towers; these two differ");
  }
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) return absl::ErrnoToStatus(error.value(), Concat(directory, ": cannot be created"));

  ordered_json open_clip = {
      {"model_cfg",
       {{"embed_dim", config.embed_dim},
        {"quick_gelu", config.text.activation == Activation::kQuickGelu},
        {"vision_cfg", std::visit([](const auto& vision) { return VisionSection(vision); }, config.vision)},
        {"text_cfg", TextSection(config.text)}}},
      {"preprocess_cfg", {{"mean", config.image_mean}, {"std", config.image_std}}},
  };
  if (const auto* efficientnet = std::get_if<EfficientNetConfig>(&config.vision)) {
    open_clip["dense_cfg"] = {{"output_stride", efficientnet->output_stride}};
    if (efficientnet->refiner_width > 0) open_clip["dense_cfg"]["refiner"] = kRefinerFile;
  }
  const std::filesystem::path to(directory);
  std::map<std::string, StoredTensor> clip, refiner;
  for (const auto& [name, tensor] : checkpoint.tensors) {
    const bool refines = name.rfind(kRefinerScope, 0) == 0;
    (refines ? refiner : clip)[refines ? name.substr(kRefinerScope.size()) : name] = tensor;
  }
  if (!refiner.empty()) {
    if (absl::Status status = WriteSafetensors((to / kRefinerFile).string(), refiner); !status.ok())
      return status;
  }
  if (absl::Status status =
          WriteSafetensors((to / "open_clip_model.safetensors").string(), clip, {{"format", "pt"}});
      !status.ok()) {
    return status;
  }
  return WriteText((to / "open_clip_config.json").string(), open_clip.dump(2) + "\n");
}

}  // namespace pixelclip
