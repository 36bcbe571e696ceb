#ifndef PIXELCLIP_CORE_CHECKPOINT_LAYOUT_H_
#define PIXELCLIP_CORE_CHECKPOINT_LAYOUT_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/checkpoint/checkpoint.h"
#include "core/checkpoint/config_file.h"
#include "core/checkpoint/weight_file.h"

namespace pixelclip {

// What a layout is read from.
struct LayoutSource {
  const WeightFile& weights;
  const ConfigFiles& configs;  // beside the weight file
  const LoadOptions& options;
};

// The layout that the tensors' names belong to. UNIMPLEMENTED for models that are recognised but not
// supported (ResNets, other trunks of timm, SigLIP, one tower alone); INVALID_ARGUMENT for anything else.
// kOpenAi stands for the names that OpenAI and OpenCLIP share.
absl::StatusOr<Layout> RecogniseLayout(const TensorMap& tensors);

// UNIMPLEMENTED for tensors that give an unsupported model away.
absl::Status RefuseUnsupportedModels(const TensorMap& tensors);

// The tensors of OpenAI's or OpenCLIP's naming under Checkpoint's names: the prefix "text." of OpenCLIP's
// models with a tower class of their own is taken off, attention masks and batch counters are dropped, a
// logit scale of one element is a scalar.
TensorMap CanonicalNames(const TensorMap& tensors);

// Whether the scalars are there by which OpenAI's own archives are known.
bool HasOpenAiScalars(const TensorMap& tensors);

// Each fills layout, config, activation_source, tensors, prompt_tokens and owners of what it built.
absl::StatusOr<Checkpoint> ReadOpenAiLayout(const LayoutSource& source);
absl::StatusOr<Checkpoint> ReadOpenClipLayout(const LayoutSource& source);
absl::StatusOr<Checkpoint> ReadHuggingFaceLayout(const LayoutSource& source);
absl::StatusOr<Checkpoint> ReadPixelClipLayout(const LayoutSource& source);

// Who says which activation it is.
struct ActivationClaim {
  Activation activation;
  std::string source;   // for messages
  bool certain = true;  // the file says so; otherwise the user's word goes before it
};

// Settles the activation of both towers in `checkpoint.config`: what the file claims, if anything, against
// what the user names. INVALID_ARGUMENT where the two contradict each other or neither says anything.
absl::Status SettleActivation(const std::optional<ActivationClaim>& claim, const LoadOptions& options,
                              Checkpoint& checkpoint);

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_CHECKPOINT_LAYOUT_H_
