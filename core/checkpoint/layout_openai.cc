// Weights in the names that OpenAI's CLIP and OpenCLIP share, without a configuration: everything comes from
// the tensors' shapes, and the heads are 64 channels wide.

#include <optional>
#include <utility>

#include "core/checkpoint/layout.h"
#include "core/checkpoint/problem.h"
#include "core/checkpoint/schema.h"

namespace pixelclip {
namespace {

// OpenAI's archives carry these three numbers among the weights, and nobody else's do.
struct Scalar {
  const char* name;
  int64_t (*by_shapes)(const VitConfig& vision, const TextConfig& text);
};

constexpr Scalar kScalars[] = {
    {"input_resolution", [](const VitConfig& v, const TextConfig&) { return v.grid_height * v.patch_size; }},
    {"context_length", [](const VitConfig&, const TextConfig& t) { return t.context_length; }},
    {"vocab_size", [](const VitConfig&, const TextConfig& t) { return t.vocabulary_size; }},
};

// The widest ViT that OpenAI published is 1024 wide; wider ones of OpenCLIP's do not have heads of 64.
constexpr int64_t kMaxWidthWithoutConfig = 1024;

absl::Status CheckScalars(const VitConfig& vision, const TextConfig& text, const TensorMap& scalars) {
  for (const Scalar& scalar : kScalars) {
    const auto found = scalars.find(scalar.name);
    if (found == scalars.end()) continue;
    const int64_t expected = scalar.by_shapes(vision, text);
    if (NumElements(found->second) != 1 || ToFloat32(found->second)[0] != static_cast<float>(expected)) {
      return Invalid("the scalar ", scalar.name, " is not ", expected, ", which the tensors' shapes say");
    }
  }
  return absl::OkStatus();
}

std::optional<ActivationClaim> FindClaim(const LayoutSource& source, const TensorMap& tensors,
                                         bool has_scalars) {
  const std::set<std::string>& modules = source.weights.module_classes;
  if (modules.count("QuickGELU") > 0)
    return ActivationClaim{Activation::kQuickGelu, "the archive's module QuickGELU"};
  if (modules.count("GELU") > 0) return ActivationClaim{Activation::kGelu, "the archive's module GELU"};
  if (has_scalars) {
    return ActivationClaim{Activation::kQuickGelu, "the scalar input_resolution of OpenAI's own archives"};
  }
  // OpenAI's code halves the matrices and leaves the logit scale alone; state dicts taken from it look like
  // this.
  const auto scale = tensors.find("logit_scale");
  const auto patches = tensors.find("visual.conv1.weight");
  if (scale != tensors.end() && scale->second.dtype == DType::kF32 && patches != tensors.end() &&
      patches->second.dtype == DType::kF16) {
    return ActivationClaim{Activation::kQuickGelu,
                           "half-precision weights with a float32 logit_scale, as OpenAI's code saves them",
                           /*certain=*/false};
  }
  return std::nullopt;
}

}  // namespace

bool HasOpenAiScalars(const TensorMap& tensors) { return tensors.count(kScalars[0].name) > 0; }

absl::StatusOr<Checkpoint> ReadOpenAiLayout(const LayoutSource& source) {
  Checkpoint checkpoint;
  checkpoint.layout = Layout::kOpenAi;
  checkpoint.tensors = CanonicalNames(source.weights.tensors);
  const bool has_scalars = HasOpenAiScalars(checkpoint.tensors);
  TensorMap scalars;
  for (const Scalar& scalar : kScalars) {
    if (auto node = checkpoint.tensors.extract(scalar.name)) scalars.insert(std::move(node));
  }

  absl::StatusOr<ModelConfig> config = InferDimensions(checkpoint.tensors);
  if (!config.ok()) return config.status();
  auto* vision = std::get_if<VitConfig>(&config->vision);
  if (vision == nullptr) {
    return Invalid("found ", Describe(*config), ", without a configuration; put the model's ",
                   "open_clip_config.json beside the weights");
  }
  if (vision->width > kMaxWidthWithoutConfig) {
    return Invalid("found a ViT of width ", vision->width, " without a configuration: its number of ",
                   "heads is not known; put the model's open_clip_config.json beside the weights");
  }
  if (absl::Status status = CheckScalars(*vision, config->text, scalars); !status.ok()) return status;
  if (absl::Status status = UseHeadsOf64(*config); !status.ok()) return status;
  checkpoint.config = *config;
  const std::optional<ActivationClaim> claim = FindClaim(source, checkpoint.tensors, has_scalars);
  if (absl::Status status = SettleActivation(claim, source.options, checkpoint); !status.ok()) return status;
  return checkpoint;
}

}  // namespace pixelclip
