#include "trainer/method/method_settings.h"

#include <initializer_list>
#include <variant>

#include "absl/strings/str_cat.h"
#include "core/field_error.h"
#include "core/text/tokenizer.h"

namespace pixelclip {
namespace {

constexpr int64_t kMaxClusters = 4096;
constexpr double kMaxDropPath = 0.99;
constexpr int64_t kMinPixels = 32, kMaxPixels = 4096;  // a side

// A field's name, value and closed range.
template <typename Number>
struct Range {
  const char* field;
  Number value, lowest, highest;
};

template <typename Number>
absl::Status Check(std::initializer_list<Range<Number>> ranges) {
  for (const auto& [field, value, lowest, highest] : ranges) {
    if (!(value >= lowest && value <= highest)) {
      return FieldError(field, absl::StrCat("is ", value, ", expected ", lowest, " to ", highest));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckPromptWords(const MethodSettings& settings) {
  if (settings.prompt_words.size() > static_cast<size_t>(settings.clusters)) {
    return FieldError("prompt_words",
                      absl::StrCat("has ", settings.prompt_words.size(),
                                   " names, expected at most clusters = ", settings.clusters));
  }
  for (size_t c = 0; c < settings.prompt_words.size(); ++c) {
    const size_t tokens = Tokenizer::Clip().Encode(settings.prompt_words[c]).size();
    if (tokens < 1 || tokens > static_cast<size_t>(settings.prompt_length)) {
      return FieldError(absl::StrCat("prompt_words[", c, "]"),
                        absl::StrCat("\"", settings.prompt_words[c], "\" has ", tokens,
                                     " tokens, expected 1 to prompt_length = ", settings.prompt_length));
    }
  }
  return absl::OkStatus();
}

// What prompts ask of the text encoder.
absl::Status CheckText(const MethodSettings& settings, const TextConfig& text) {
  if (settings.prompt_templates.empty())
    return FieldError("prompt_templates", "is empty, expected one or more");
  if (text.vocabulary_size != Tokenizer::kVocabularySize) {
    return absl::InvalidArgumentError(absl::StrCat("the model's vocabulary has ", text.vocabulary_size,
                                                   " words, expected CLIP's ", +Tokenizer::kVocabularySize));
  }
  if (text.pooling == TextPooling::kEndTokenId && text.end_token_id != Tokenizer::kEndToken) {
    return absl::InvalidArgumentError(absl::StrCat("the model's texts end with token ", text.end_token_id,
                                                   ", expected CLIP's ", +Tokenizer::kEndToken));
  }
  return CheckPromptWords(settings);
}

}  // namespace

std::vector<std::string> DefaultTunedParts(const VisionConfig& vision) {
  if (std::holds_alternative<VitConfig>(vision)) return {"attn", "position"};
  return {""};
}

absl::Status CheckMethodSettings(const MethodSettings& settings, const ModelConfig& config) {
  const auto* vit = std::get_if<VitConfig>(&config.vision);
  if (absl::Status status = Check<int64_t>({
          {"clusters", settings.clusters, 1, kMaxClusters},
          {"prompt_length", settings.prompt_length, 1, config.text.context_length - 2},
          {"sinkhorn_rounds", settings.sinkhorn_rounds, 0, 1000},
          {"resolution", settings.resolution, vit == nullptr ? kMinPixels : vit->patch_size, kMaxPixels},
          {"mask_resolution", settings.mask_resolution, 1, kMaxPixels},
          {"steps", settings.steps, 1, INT64_MAX},
          {"micro_batch", settings.micro_batch, 0, INT64_MAX},
      });
      !status.ok()) {
    return status;
  }
  constexpr double kLargest = 1e6;
  if (absl::Status status = Check<double>({
          {"epsilon", settings.epsilon, 0, kLargest},
          {"momentum", settings.momentum, 0, 1},
          {"drop_path", settings.drop_path, 0, kMaxDropPath},
          {"base_rate", settings.base_rate, 0, kLargest},
          {"encoder_rate_factor", settings.encoder_rate_factor, 0, kLargest},
          {"prompt_rate_factor", settings.prompt_rate_factor, 0, kLargest},
          {"rate_end_ratio", settings.rate_end_ratio, 0, 1},
          {"weight_decay", settings.weight_decay, 0, kLargest},
          {"clip_norm", settings.clip_norm, 0, kLargest},
      });
      !status.ok()) {
    return status;
  }
  if (settings.drop_path > 0 && !std::holds_alternative<ConvNeXtConfig>(config.vision)) {
    return FieldError("drop_path",
                      absl::StrCat("is ", settings.drop_path, ", expected 0: only a ConvNeXt drops blocks"));
  }
  return settings.cluster_masks && settings.text_encoder ? CheckText(settings, config.text)
                                                         : absl::OkStatus();
}

}  // namespace pixelclip
