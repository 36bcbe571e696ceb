#include "core/model_config.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace pixelclip {
namespace {

constexpr std::pair<std::string_view, LastBlock> kLastBlocks[] = {{"published", LastBlock::kPublished},
                                                                  {"maskclip", LastBlock::kMaskClip},
                                                                  {"sclip", LastBlock::kSclip},
                                                                  {"clearclip", LastBlock::kClearClip},
                                                                  {"naclip", LastBlock::kNaclip}};

int64_t ResolutionOf(const VitConfig&) { return 320; }
int64_t ResolutionOf(const EfficientNetConfig& vision) { return vision.image_size; }
int64_t ResolutionOf(const ConvNeXtConfig&) { return 640; }

std::string DescribeVision(const VitConfig& vit) {
  std::string encoder =
      absl::StrCat("ViT, width ", vit.width, ", ", vit.layers, " layers, patch ", vit.patch_size);
  if (vit.last_block != LastBlock::kPublished) {
    absl::StrAppend(&encoder, ", last block ", std::string(LastBlockName(vit.last_block)));
  }
  return encoder;
}

std::string DescribeVision(const EfficientNetConfig& efficientnet) {
  return absl::StrCat("EfficientNet-Lite0, stride ", efficientnet.dense_stride());
}

std::string DescribeVision(const ConvNeXtConfig& convnext) {
  return absl::StrCat("ConvNeXt, widths ", absl::StrJoin(convnext.widths, "-"), ", blocks ",
                      absl::StrJoin(convnext.depths, "-"));
}

}  // namespace

std::string_view ActivationName(Activation activation) {
  return activation == Activation::kQuickGelu ? "quick_gelu" : "gelu";
}

std::string_view LastBlockName(LastBlock last_block) {
  for (const auto& [name, value] : kLastBlocks) {
    if (value == last_block) return name;
  }
  return {};
}

std::optional<LastBlock> LastBlockOfName(std::string_view name) {
  for (const auto& [known, value] : kLastBlocks) {
    if (known == name) return value;
  }
  return std::nullopt;
}

std::vector<std::string> LastBlockNames() {
  std::vector<std::string> names;
  for (const auto& [name, value] : kLastBlocks) names.emplace_back(name);
  return names;
}

int64_t PublishedResolution(const VisionConfig& vision) {
  return std::visit([](const auto& config) { return ResolutionOf(config); }, vision);
}

std::string Describe(const ModelConfig& config) {
  return absl::StrCat(std::visit([](const auto& vision) { return DescribeVision(vision); }, config.vision),
                      ", ", config.embed_dim, " dimensions");
}

}  // namespace pixelclip
