#include "trainer/method/class_prompts.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/embedding.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "core/field_error.h"
#include "core/text/tokenizer.h"

namespace pixelclip {
namespace {

constexpr int32_t kBracesToken = 39025;  // "{}" as a word of its own
constexpr int64_t kWordsLeftOut = 10;    // at the end of the vocabulary, as published

absl::Status TemplateError(size_t index, const std::string& problem) {
  return FieldError(absl::StrCat("prompt_templates[", index, "]"), problem);
}

// The ids of [count] tokens from `first` on: [1, count] int64 on the device of `like`.
at::Tensor Ids(const std::vector<int32_t>& tokens, size_t first, size_t count, const at::Tensor& like) {
  const std::vector<int64_t> ids(tokens.begin() + static_cast<std::ptrdiff_t>(first),
                                 tokens.begin() + static_cast<std::ptrdiff_t>(first + count));
  return at::tensor(ids, at::kLong).unsqueeze(0).to(like.device());
}

}  // namespace

absl::StatusOr<ClassPrompts> ClassPrompts::Make(const MethodSettings& settings, const TextConfig& config,
                                                const Weights& weights) {
  ClassPrompts prompts(TextEncoder(config, weights));
  const at::Tensor& table = prompts.encoder_.token_embedding();
  const auto length = static_cast<size_t>(settings.prompt_length);
  std::string braces;
  for (size_t i = 0; i < length; ++i) braces += "{} ";

  for (size_t i = 0; i < settings.prompt_templates.size(); ++i) {
    std::vector<int32_t> tokens = {Tokenizer::kStartToken};
    const std::string sentence =
        absl::StrReplaceAll(settings.prompt_templates[i], {{"{}", braces}, {"{article}", "a"}});
    const std::vector<int32_t> words = Tokenizer::Clip().Encode(sentence);
    tokens.insert(tokens.end(), words.begin(), words.end());
    tokens.push_back(Tokenizer::kEndToken);

    const auto place = std::find(tokens.begin(), tokens.end(), kBracesToken);
    const auto braces_tokens = static_cast<size_t>(std::count(tokens.begin(), tokens.end(), kBracesToken));
    const auto before = static_cast<size_t>(place - tokens.begin());
    if (braces_tokens != length) {
      return TemplateError(i, absl::StrCat("\"", settings.prompt_templates[i],
                                           "\" must have one \"{}\", as a word of its own"));
    }
    if (tokens.size() > static_cast<size_t>(config.context_length)) {
      return TemplateError(
          i, absl::StrCat("with prompts of ", length, " tokens it makes ", tokens.size(), ", more than the ",
                          config.context_length, " that the text encoder reads"));
    }
    const size_t after = before + length;
    prompts.sentences_.push_back({at::embedding(table, Ids(tokens, 0, before, table)),
                                  at::embedding(table, Ids(tokens, after, tokens.size() - after, table))});
  }
  return prompts;
}

at::Tensor ClassPrompts::InitialTokens(const MethodSettings& settings, at::Generator generator) const {
  const at::Tensor& table = encoder_.token_embedding();
  at::Tensor ids = at::randint(table.size(0) - kWordsLeftOut, {settings.clusters, settings.prompt_length},
                               std::optional<at::Generator>(std::move(generator)), at::kLong);
  for (size_t c = 0; c < settings.prompt_words.size(); ++c) {
    const std::vector<int32_t> name = Tokenizer::Clip().Encode(settings.prompt_words[c]);
    std::vector<int64_t> prompt(static_cast<size_t>(settings.prompt_length));
    for (size_t i = 0; i < prompt.size(); ++i) prompt[i] = name[i % name.size()];
    ids[static_cast<int64_t>(c)].copy_(at::tensor(prompt, at::kLong));
  }
  return at::embedding(table, ids.to(table.device()));
}

at::Tensor ClassPrompts::Embed(const at::Tensor& tokens) const {
  const int64_t clusters = tokens.size(0);
  at::Tensor sum;
  for (const Sentence& sentence : sentences_) {
    const at::Tensor embedding = encoder_.EncodeEmbeddings(at::cat(
        {sentence.before.expand({clusters, -1, -1}), tokens, sentence.after.expand({clusters, -1, -1})}, 1));
    sum = sum.defined() ? sum + embedding : embedding;
  }
  return sum / static_cast<double>(sentences_.size());
}

}  // namespace pixelclip
