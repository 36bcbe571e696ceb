// PixelCLIP's training checkpoints: detectron2's dict, whose `model` holds the student under a prefix, the
// learned prompts, the teacher and the decoder.

#include <string_view>
#include <utility>

#include "core/checkpoint/layout.h"
#include "core/checkpoint/problem.h"
#include "core/checkpoint/schema.h"

namespace pixelclip {
namespace {

constexpr std::string_view kStudent = "sem_seg_head.predictor.clip_model.";
constexpr char kPrompts[] = "sem_seg_head.predictor.prompt_tokens";

}  // namespace

absl::StatusOr<Checkpoint> ReadPixelClipLayout(const LayoutSource& source) {
  TensorMap student;
  for (const auto& [name, tensor] : source.weights.tensors) {
    if (name.compare(0, kStudent.size(), kStudent) == 0)
      student.emplace(name.substr(kStudent.size()), tensor);
  }
  if (absl::Status status = RefuseUnsupportedModels(student); !status.ok()) return status;

  Checkpoint checkpoint;
  checkpoint.layout = Layout::kPixelClip;
  checkpoint.tensors = CanonicalNames(student);
  absl::StatusOr<ModelConfig> config = InferDimensions(checkpoint.tensors);
  if (!config.ok()) return config.status();
  if (std::holds_alternative<EfficientNetConfig>(config->vision)) {
    return Unsupported("found a PixelCLIP with an EfficientNet, expected one with a ViT or a ConvNeXt");
  }
  if (absl::Status status = UseHeadsOf64(*config); !status.ok()) return status;
  checkpoint.config = *config;
  const bool is_vit = std::holds_alternative<VitConfig>(config->vision);
  const ActivationClaim claim{
      is_vit ? Activation::kQuickGelu : Activation::kGelu,
      Concat("PixelCLIP's code, which builds on ", is_vit ? "OpenAI's ViT" : "OpenCLIP's ConvNeXt"),
      /*certain=*/false};
  if (absl::Status status = SettleActivation(claim, source.options, checkpoint); !status.ok()) return status;

  const auto prompts = source.weights.tensors.find(kPrompts);
  if (prompts != source.weights.tensors.end()) {
    const StoredTensor& tensor = prompts->second;
    if (tensor.shape.size() != 3 || tensor.shape[2] != checkpoint.config.text.width ||
        !IsFloatingPoint(tensor.dtype)) {
      return Invalid("tensor '", kPrompts, "' has shape ", ShapeString(tensor.shape),
                     ", expected [clusters, tokens, ", checkpoint.config.text.width, "]");
    }
    checkpoint.prompt_tokens = tensor;
  }
  return checkpoint;
}

}  // namespace pixelclip
