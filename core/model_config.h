#ifndef PIXELCLIP_CORE_MODEL_CONFIG_H_
#define PIXELCLIP_CORE_MODEL_CONFIG_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace pixelclip {

// The MLP's non-linearity. OpenAI's weights want QuickGELU x * sigmoid(1.702 x), most of OpenCLIP's the exact
// GELU; the wrong one gives plausible but wrong numbers.
enum class Activation { kQuickGelu, kGelu };

// "quick_gelu" or "gelu": as configurations, flags and logs call it.
std::string_view ActivationName(Activation activation);

// What the last block of a vision transformer does to be dense: docs/inference.md. PixelCLIP's weights were
// trained with the published one; the others are from papers about CLIP's own weights.
enum class LastBlock { kPublished, kMaskClip, kSclip, kClearClip, kNaclip };

// "published", "maskclip", "sclip", "clearclip", "naclip": as flags and logs call it; and back.
std::string_view LastBlockName(LastBlock last_block);
std::optional<LastBlock> LastBlockOfName(std::string_view name);
std::vector<std::string> LastBlockNames();  // all of them; the published one is the first

// The vision transformer of CLIP (Radford et al. 2021).
struct VitConfig {
  int64_t width = 0;  // channels of a token
  int64_t layers = 0;
  int64_t heads = 0;
  int64_t mlp_width = 0;
  int64_t patch_size = 0;   // pixels a side
  int64_t grid_height = 0;  // patches, as trained: the shape of the positional embedding
  int64_t grid_width = 0;
  double layer_norm_eps = 1e-5;
  Activation activation = Activation::kQuickGelu;
  LastBlock last_block = LastBlock::kPublished;  // a choice of who runs it, not of the checkpoint
};

// EfficientNet-Lite0 (timm's tf_efficientnet_lite0) under OpenCLIP's linear projection: models/mini's visual
// encoder.
struct EfficientNetConfig {
  int64_t image_size = 224;  // pixels a side, as trained
  // Pixels from one of the trunk's features to the next: 32, or 16 with dilated last stages.
  int64_t output_stride = 32;
  // Channels inside the refiner of the dense features; 0: there is none.
  int64_t refiner_width = 0;

  // Pixels from one dense feature to the next.
  int64_t dense_stride() const { return refiner_width > 0 ? 8 : output_stride; }
};

// ConvNeXt (Liu et al. 2022; timm's convnext_*) under OpenCLIP's projection: four stages of blocks, each of
// half the resolution of the one before.
struct ConvNeXtConfig {
  static constexpr size_t kStages = 4;
  static constexpr int64_t kStemStride = 4;  // and the side of its kernel
  static constexpr int64_t kStride = 32;     // pixels from one dense feature to the next
  static constexpr int64_t kKernel = 7;      // a side of the depthwise convolutions
  static constexpr int64_t kMlpRatio = 4;

  std::array<int64_t, kStages> depths{};  // blocks of each stage
  std::array<int64_t, kStages> widths{};  // channels of each stage
  int64_t projection_width = 0;           // channels inside the projection if that is an MLP; 0: it is linear
  double layer_norm_eps = 1e-6;
  int64_t image_size = 320;  // pixels a side, as trained
};

// The visual encoders that there are. core/model/visual_encoder.h makes one of its configuration.
using VisionConfig = std::variant<VitConfig, EfficientNetConfig, ConvNeXtConfig>;

// Pixels a side of the square that the encoder sees if nobody asks for another: for a ViT 320 and for a
// ConvNeXt 640, as PixelCLIP was published, whatever size its CLIP was trained with.
int64_t PublishedResolution(const VisionConfig& vision);

// Which token's feature stands for the text.
enum class TextPooling {
  kLargestId,   // the first position of the largest id: 49407 is the largest of all
  kEndTokenId,  // the first position of end_token_id
};

// The text transformer of CLIP.
struct TextConfig {
  int64_t width = 0;
  int64_t layers = 0;
  int64_t heads = 0;
  int64_t mlp_width = 0;
  int64_t context_length = 77;
  int64_t vocabulary_size = 49408;
  double layer_norm_eps = 1e-5;
  Activation activation = Activation::kQuickGelu;
  TextPooling pooling = TextPooling::kLargestId;
  int64_t end_token_id = 49407;
};

// A whole CLIP: everything about the computation that the weights themselves do not say.
struct ModelConfig {
  int64_t embed_dim = 0;  // of the joint space of pictures and texts
  VisionConfig vision;
  TextConfig text;
  // Of RGB values scaled to 0..1, before the visual encoder.
  std::array<double, 3> image_mean = {0.48145466, 0.4578275, 0.40821073};
  std::array<double, 3> image_std = {0.26862954, 0.26130258, 0.27577711};
};

// "ViT, width 768, 12 layers, patch 16, 512 dimensions": what a log or a listing says about a model.
std::string Describe(const ModelConfig& config);

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_MODEL_CONFIG_H_
