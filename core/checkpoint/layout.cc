#include "core/checkpoint/layout.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "absl/strings/str_join.h"
#include "core/checkpoint/problem.h"

namespace pixelclip {
namespace {

constexpr size_t kNamesShown = 3;

bool HasPrefix(const TensorMap& tensors, std::string_view prefix) {
  const auto first = tensors.lower_bound(std::string(prefix));
  return first != tensors.end() && first->first.compare(0, prefix.size(), prefix) == 0;
}

constexpr char kSupported[] = "a CLIP with a ViT, a ConvNeXt or an EfficientNet-Lite0";

// Names that give a model away which this program does not compute.
struct UnsupportedModel {
  std::string_view prefix;
  std::string_view what;
};

constexpr UnsupportedModel kUnsupportedModels[] = {
    {"visual.layer1.", "a CLIP with a ResNet"},
    {"vision_model.head.", "a SigLIP model"},
    {"logit_bias", "a SigLIP model"},
    {"text.transformer.embeddings.", "a CLIP with a text encoder of Hugging Face"},
    {"text_decoder.", "a CoCa model"},
    {"embeddings.token_embedding.", "a text encoder alone"},
    {"embeddings.patch_embedding.", "a visual encoder alone"},
};

// Tensors by which the trunks of timm are known that this program computes.
constexpr std::string_view kTrunks[] = {"visual.trunk.stem.0.weight", "visual.trunk.conv_stem.weight"};

// A layout's names start like these, all of them.
struct LayoutNames {
  Layout layout;
  std::string_view vision;
  std::string_view text;
};

constexpr LayoutNames kLayoutNames[] = {
    {Layout::kPixelClip, "sem_seg_head.predictor.clip_model.visual.",
     "sem_seg_head.predictor.clip_model.token_embedding."},
    {Layout::kHuggingFace, "vision_model.embeddings.patch_embedding.",
     "text_model.embeddings.token_embedding."},
    {Layout::kOpenAi, "visual.conv1.", "token_embedding."},
    {Layout::kOpenAi, "visual.conv1.", "text.token_embedding."},
    {Layout::kOpenAi, "visual.trunk.", "token_embedding."},
    {Layout::kOpenAi, "visual.trunk.", "text.token_embedding."},
};

std::string SomeNames(const TensorMap& tensors) {
  std::vector<std::string> names;
  for (auto it = tensors.begin(); it != tensors.end() && names.size() < kNamesShown; ++it)
    names.push_back(it->first);
  return absl::StrJoin(names, ", ");
}

}  // namespace

absl::Status RefuseUnsupportedModels(const TensorMap& tensors) {
  for (const UnsupportedModel& model : kUnsupportedModels) {
    if (HasPrefix(tensors, model.prefix)) {
      return Unsupported("found ", model.what, " (it has tensors called ", model.prefix, "*), expected ",
                         kSupported);
    }
  }
  const auto is_here = [&](std::string_view name) { return tensors.count(std::string(name)) > 0; };
  if (HasPrefix(tensors, "visual.trunk.") && std::none_of(std::begin(kTrunks), std::end(kTrunks), is_here)) {
    return Unsupported("found a CLIP with another trunk of timm (visual.trunk.*), expected ", kSupported);
  }
  return absl::OkStatus();
}

absl::StatusOr<Layout> RecogniseLayout(const TensorMap& tensors) {
  if (absl::Status status = RefuseUnsupportedModels(tensors); !status.ok()) return status;
  for (const LayoutNames& names : kLayoutNames) {
    if (HasPrefix(tensors, names.vision) && HasPrefix(tensors, names.text)) return names.layout;
  }
  for (const LayoutNames& names : kLayoutNames) {
    if (HasPrefix(tensors, names.vision))
      return Unsupported("found a visual encoder alone, expected a text encoder, too");
    if (HasPrefix(tensors, names.text))
      return Unsupported("found a text encoder alone, expected a visual encoder, too");
  }
  if (tensors.empty()) return Invalid("found no tensors, expected those of ", kSupported);
  return Invalid("found ", tensors.size(), " tensors (", SomeNames(tensors), ", ...), expected those of ",
                 kSupported, " under the names of OpenAI, OpenCLIP, Hugging Face or PixelCLIP");
}

TensorMap CanonicalNames(const TensorMap& tensors) {
  constexpr std::string_view kTextTower = "text.";
  constexpr std::string_view kBuffers[] = {"attn_mask", "num_batches_tracked"};
  TensorMap canonical;
  for (const auto& [name, tensor] : tensors) {
    const auto is_suffix = [&name = name](std::string_view end) {
      return name.size() >= end.size() && name.compare(name.size() - end.size(), end.size(), end) == 0;
    };
    if (std::any_of(std::begin(kBuffers), std::end(kBuffers), is_suffix)) continue;
    const bool in_text_tower = name.compare(0, kTextTower.size(), kTextTower) == 0;
    StoredTensor& to = canonical[in_text_tower ? name.substr(kTextTower.size()) : name] = tensor;
    if (name == "logit_scale" && tensor.shape == std::vector<int64_t>{1}) to.shape = to.strides = {};
  }
  return canonical;
}

absl::Status SettleActivation(const std::optional<ActivationClaim>& claim, const LoadOptions& options,
                              Checkpoint& checkpoint) {
  if (!claim && !options.activation) {
    return Invalid(
        "found weights in the names of OpenAI and OpenCLIP, and nothing that says whether their activation "
        "is ",
        "QuickGELU (OpenAI's weights) or GELU (most of OpenCLIP's); put the model's open_clip_config.json ",
        "beside them or name it: --activation quick_gelu|gelu");
  }
  if (claim && claim->certain && options.activation && *options.activation != claim->activation) {
    return Invalid("the activation ", ActivationName(*options.activation), " was asked for, but ",
                   claim->source, " says ", ActivationName(claim->activation));
  }
  const bool by_user = options.activation && !(claim && claim->certain);
  const Activation activation = by_user ? *options.activation : claim->activation;
  checkpoint.config.text.activation = activation;
  if (auto* vit = std::get_if<VitConfig>(&checkpoint.config.vision)) vit->activation = activation;
  checkpoint.activation_source = by_user ? "named by the user" : claim->source;
  return absl::OkStatus();
}

}  // namespace pixelclip
