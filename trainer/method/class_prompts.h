#ifndef PIXELCLIP_TRAINER_METHOD_CLASS_PROMPTS_H_
#define PIXELCLIP_TRAINER_METHOD_CLASS_PROMPTS_H_

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include <vector>

#include "absl/status/statusor.h"
#include "core/model/text_encoder.h"
#include "core/model/weights.h"
#include "core/model_config.h"
#include "trainer/method/method_settings.h"

namespace pixelclip {

// Learnable names of clusters inside fixed sentences, through the frozen text encoder. Immutable.
class ClassPrompts {
 public:
  // `weights`: the root scope of a checkpoint, on the device where prompts are encoded. INVALID_ARGUMENT
  // names a template that is no sentence with one "{}" in it or is too long for the text encoder.
  static absl::StatusOr<ClassPrompts> Make(const MethodSettings& settings, const TextConfig& config,
                                           const Weights& weights);

  // The token embeddings of settings.prompt_words and, for the prompts behind them, of tokens drawn from the
  // whole vocabulary: [clusters, prompt_length, width].
  at::Tensor InitialTokens(const MethodSettings& settings, at::Generator generator) const;

  // tokens: as InitialTokens gives them. Returns [clusters, D], not normalised: the mean over all templates.
  // Differentiable. (The published code's ensemble puts the words of its first template around the prompts of
  // all of them; here each has its own.)
  at::Tensor Embed(const at::Tensor& tokens) const;

 private:
  // A sentence's token embeddings on both sides of a prompt: [1, length, width].
  struct Sentence {
    at::Tensor before, after;
  };

  explicit ClassPrompts(TextEncoder encoder) : encoder_(std::move(encoder)) {}

  TextEncoder encoder_;
  std::vector<Sentence> sentences_;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_METHOD_CLASS_PROMPTS_H_
