#include "core/text/vocabulary.h"

#include <cmath>
#include <string_view>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "core/field_error.h"
#include "core/text/clean_text.h"
#include "core/text/unicode.h"
#include "core/text/vocabulary_id.h"

namespace pixelclip {
namespace {

constexpr char kSynonymSeparator[] = ", ";
constexpr char kNamePlace[] = "{}";
constexpr char kArticlePlace[] = "{article}";
constexpr float kMaxSoftmaxScale = 1000;
constexpr size_t kMaxNameTokens = Tokenizer::kContextLength - 2;  // between start and end

std::string Indexed(const std::string& field, size_t index) { return absl::StrCat(field, "[", index, "]"); }

// A text of the request and the field that it came in.
struct Text {
  std::string field;
  std::string text;
};

absl::Status CheckCount(const std::string& field, size_t count, int limit) {
  if (count <= static_cast<size_t>(limit)) return absl::OkStatus();
  return FieldError(field, absl::StrCat("has ", count, " entries; at most ", limit, " are accepted"));
}

absl::Status CheckText(const std::string& field, const std::string& text, const VocabularyLimits& limits) {
  if (text.size() > limits.max_text_bytes) {
    return FieldError(
        field, absl::StrCat("has ", text.size(), " bytes; at most ", limits.max_text_bytes, " are accepted"));
  }
  if (!IsValidUtf8(text)) return FieldError(field, "is not valid UTF-8");
  return absl::OkStatus();
}

// Names that must differ from each other to the model.
class DistinctNames {
 public:
  // An error if `name` is blank or the same text as one that was added before, whose field it tells.
  absl::Status Add(const Text& name) {
    const std::u32string clean = CleanText(name.text);
    if (clean.empty()) {
      return FieldError(name.field, absl::StrCat("\"", name.text, "\" is blank; expected a word"));
    }
    const auto [known, is_new] = fields_.emplace(clean, name.field);
    if (is_new) return absl::OkStatus();
    if (known->second == name.field) {
      return FieldError(name.field, absl::StrCat("names \"", name.text, "\" twice"));
    }
    return FieldError(name.field, absl::StrCat("\"", name.text, "\" is the same text as ", known->second));
  }

 private:
  absl::flat_hash_map<std::u32string, std::string> fields_;
};

// One class to be prompted for, with all its synonyms; or one of those, if synonyms compete.
struct NamedClass {
  std::string name;
  std::vector<Text> synonyms;
  int label = 0;
};

// Reads the synonyms in `name` and in `more`.
absl::StatusOr<NamedClass> ReadClass(const std::string& name_field, const std::string& name,
                                     const std::string& synonyms_field, const std::vector<std::string>& more,
                                     const VocabularyLimits& limits) {
  if (absl::Status status = CheckText(name_field, name, limits); !status.ok()) return status;
  NamedClass result{name, {}, 0};
  const std::vector<std::string> names = absl::StrSplit(name, kSynonymSeparator);
  if (absl::Status status = CheckCount(name_field, names.size() + more.size(), limits.max_synonyms);
      !status.ok()) {
    return status;
  }
  DistinctNames distinct;
  const auto add = [&](const std::string& field, const std::string& text) {
    result.synonyms.push_back({field, std::string(absl::StripAsciiWhitespace(text))});
    return distinct.Add(result.synonyms.back());
  };
  for (const std::string& part : names) {
    if (absl::Status status = add(name_field, part); !status.ok()) return status;
  }
  for (size_t i = 0; i < more.size(); ++i) {
    const std::string field = Indexed(synonyms_field, i);
    if (absl::Status status = CheckText(field, more[i], limits); !status.ok()) return status;
    if (absl::Status status = add(field, more[i]); !status.ok()) return status;
  }
  return result;
}

absl::Status CheckTemplate(const std::string& field, const std::string& text, const VocabularyLimits& limits,
                           const Tokenizer& tokenizer) {
  if (absl::Status status = CheckText(field, text, limits); !status.ok()) return status;
  if (text.find(kNamePlace) == text.npos) {
    return FieldError(field, absl::StrCat("\"", text, "\" has no {} for the name"));
  }
  const std::string rest = absl::StrReplaceAll(text, {{kNamePlace, ""}, {kArticlePlace, ""}});
  if (rest.find_first_of("{}") != rest.npos) {
    return FieldError(field, absl::StrCat("\"", text, "\" has braces other than {} and {article}"));
  }
  if (const size_t num_tokens = tokenizer.Encode(rest).size(); num_tokens >= kMaxNameTokens) {
    return FieldError(field, absl::StrCat("has ", num_tokens, " tokens without the name; at most ",
                                          kMaxNameTokens - 1, " leave room for one"));
  }
  return absl::OkStatus();
}

std::string ArticleOf(const std::string& name) {
  constexpr std::string_view kVowels = "aeiou";
  return !name.empty() && kVowels.find(name.front()) != kVowels.npos ? "an" : "a";
}

std::string FillTemplate(const std::string& pattern, const std::string& name) {
  return absl::StrReplaceAll(pattern, {{kNamePlace, name}, {kArticlePlace, ArticleOf(name)}});
}

// How long templates become, without filling them.
class PromptSizes {
 public:
  explicit PromptSizes(const std::vector<std::string>& templates) {
    for (const std::string& pattern : templates) {
      const size_t names = Count(pattern, kNamePlace), articles = Count(pattern, kArticlePlace);
      names_ += names;
      articles_ += articles;
      others_ += pattern.size() - names * std::string_view(kNamePlace).size() -
                 articles * std::string_view(kArticlePlace).size();
    }
  }

  // Bytes of all templates together, filled with `name`.
  size_t With(const std::string& name) const {
    return others_ + names_ * name.size() + articles_ * ArticleOf(name).size();
  }

 private:
  static size_t Count(std::string_view text, std::string_view part) {
    size_t count = 0;
    for (size_t at = text.find(part); at != text.npos; at = text.find(part, at + part.size())) ++count;
    return count;
  }

  size_t names_ = 0;     // places for the name
  size_t articles_ = 0;  // places for the article
  size_t others_ = 0;    // bytes beside these
};

absl::Status CheckTotalBytes(const std::vector<NamedClass>& classes,
                             const std::vector<std::string>& templates, const VocabularyLimits& limits) {
  const PromptSizes sizes(templates);
  size_t total = 0;
  for (const NamedClass& named : classes) {
    for (const Text& synonym : named.synonyms) {
      total += sizes.With(synonym.text);
      if (total <= limits.max_total_bytes) continue;
      return FieldError("vocabulary", absl::StrCat("its prompts have more than ", limits.max_total_bytes,
                                                   " bytes together; ", synonym.field, " exceeds that"));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckSoftmax(const Background& background) {
  if (!background.softmax_scale) return absl::OkStatus();
  const float scale = *background.softmax_scale;
  if (!(scale > 0 && scale <= kMaxSoftmaxScale)) {  // catches NaN
    return FieldError("background.softmax_scale",
                      absl::StrCat("is ", scale, "; expected more than 0 and at most ", kMaxSoftmaxScale));
  }
  if (!background.score_threshold) {
    return FieldError("background.softmax_scale",
                      "makes probabilities for score_threshold, which is not set");
  }
  if (*background.score_threshold >= 0) return absl::OkStatus();
  return FieldError("background.score_threshold", absl::StrCat("is ", *background.score_threshold,
                                                               "; with softmax_scale, expected a "
                                                               "probability in [0, 1]"));
}

absl::Status CheckBackground(const Background& background, const VocabularyLimits& limits) {
  if (background.words.empty() && !background.score_threshold) {
    return FieldError("background", "has neither words nor a score_threshold; it needs at least one");
  }
  if (background.score_threshold && !(std::abs(*background.score_threshold) <= 1)) {  // catches NaN
    return FieldError("background.score_threshold",
                      absl::StrCat("is ", *background.score_threshold, "; expected a cosine in [-1, 1]"));
  }
  if (absl::Status status = CheckSoftmax(background); !status.ok()) return status;
  if (absl::Status status = CheckText("background.name", background.name, limits); !status.ok()) {
    return status;
  }
  return CheckCount("background.words", background.words.size(), limits.max_background_words);
}

// Reads the classes, then the background's words.
absl::StatusOr<std::vector<NamedClass>> ReadClasses(const Vocabulary& vocabulary,
                                                    const VocabularyLimits& limits) {
  const std::string classes_field = "vocabulary.classes";
  if (vocabulary.classes.empty()) return FieldError(classes_field, "is empty; at least one class is needed");
  if (absl::Status status = CheckCount(classes_field, vocabulary.classes.size(), limits.max_classes);
      !status.ok()) {
    return status;
  }
  std::vector<NamedClass> classes;
  DistinctNames distinct;
  const auto add = [&](absl::StatusOr<NamedClass> named, const std::string& field,
                       size_t label) -> absl::Status {
    if (!named.ok()) return named.status();
    named->label = static_cast<int>(label);
    classes.push_back(*std::move(named));
    return distinct.Add({field, classes.back().name});
  };
  for (size_t i = 0; i < vocabulary.classes.size(); ++i) {
    const VocabularyClass& given = vocabulary.classes[i];
    const std::string field = Indexed(classes_field, i);
    const std::string name_field = absl::StrCat(field, ".name");
    absl::Status status =
        add(ReadClass(name_field, given.name, absl::StrCat(field, ".synonyms"), given.synonyms, limits),
            name_field, i);
    if (!status.ok()) return status;
  }
  if (!vocabulary.background) return classes;

  const Background& background = *vocabulary.background;
  if (absl::Status status = CheckBackground(background, limits); !status.ok()) return status;
  DistinctNames distinct_with_name = distinct;  // the name is only shown, so that a word may equal it
  if (absl::Status status = distinct_with_name.Add({"background.name", background.name}); !status.ok()) {
    return status;
  }
  for (size_t i = 0; i < background.words.size(); ++i) {
    const std::string field = Indexed("background.words", i);
    absl::Status status =
        add(ReadClass(field, background.words[i], field, {}, limits), field, vocabulary.classes.size());
    if (!status.ok()) return status;
  }
  return classes;
}

// Makes a class of each synonym. The limits on classes and words hold for what that makes of them.
absl::StatusOr<std::vector<NamedClass>> LetSynonymsCompete(const std::vector<NamedClass>& classes,
                                                           const Vocabulary& vocabulary,
                                                           const VocabularyLimits& limits) {
  const auto background = static_cast<int>(vocabulary.classes.size());
  std::vector<NamedClass> all;
  size_t words = 0;
  for (const NamedClass& named : classes) {
    for (const Text& synonym : named.synonyms) all.push_back({named.name, {synonym}, named.label});
    if (named.label == background) words += named.synonyms.size();
  }
  const auto check = [](const std::string& field, size_t count, int limit) {
    if (count <= static_cast<size_t>(limit)) return absl::OkStatus();
    return FieldError(
        field, absl::StrCat("has ", count, " synonyms that compete; at most ", limit, " are accepted"));
  };
  absl::Status status = check("vocabulary.classes", all.size() - words, limits.max_classes);
  if (status.ok()) status = check("background.words", words, limits.max_background_words);
  if (!status.ok()) return status;
  return all;
}

absl::StatusOr<std::vector<std::string>> ReadTemplates(const Vocabulary& vocabulary,
                                                       const VocabularyLimits& limits,
                                                       const Tokenizer& tokenizer) {
  if (vocabulary.templates.empty()) return DefaultTemplates();
  const std::string templates_field = "vocabulary.templates";
  absl::Status status = CheckCount(templates_field, vocabulary.templates.size(), limits.max_templates);
  for (size_t i = 0; status.ok() && i < vocabulary.templates.size(); ++i) {
    status = CheckTemplate(Indexed(templates_field, i), vocabulary.templates[i], limits, tokenizer);
  }
  if (!status.ok()) return status;
  return vocabulary.templates;
}

// Collects distinct prompts.
class PromptCollector {
 public:
  PromptCollector(const VocabularyLimits& limits, const Tokenizer& tokenizer)
      : limits_(limits), tokenizer_(tokenizer) {}

  // The index of the prompt with `synonym` in `pattern`; an error names the synonym's field.
  absl::StatusOr<int> Add(const std::string& pattern, const Text& synonym) {
    std::string text = FillTemplate(pattern, synonym.text);
    const auto found = indices_.find(text);
    if (found != indices_.end()) return found->second;

    if (text.size() > limits_.max_prompt_bytes) {
      return FieldError(synonym.field,
                        absl::StrCat("has ", text.size(), " bytes in the template \"", pattern,
                                     "\"; at most ", limits_.max_prompt_bytes, " are accepted"));
    }
    Prompt prompt{std::move(text), {Tokenizer::kStartToken}};
    const std::vector<int32_t> tokens = tokenizer_.Encode(prompt.text);
    if (tokens.size() > kMaxNameTokens) {
      return FieldError(synonym.field,
                        absl::StrCat("has ", tokens.size(), " tokens in the template \"", pattern,
                                     "\"; at most ", kMaxNameTokens, " fit between start and end"));
    }
    prompt.tokens.insert(prompt.tokens.end(), tokens.begin(), tokens.end());
    prompt.tokens.push_back(Tokenizer::kEndToken);
    const int index = static_cast<int>(prompts_.size());
    indices_.emplace(prompt.text, index);
    prompts_.push_back(std::move(prompt));
    return index;
  }

  std::vector<Prompt> TakePrompts() && { return std::move(prompts_); }

 private:
  const VocabularyLimits& limits_;
  const Tokenizer& tokenizer_;
  std::vector<Prompt> prompts_;
  absl::flat_hash_map<std::string, int> indices_;
};

std::string KeyOf(const NamedClass& named, const std::string& templates_key) {
  std::vector<std::string> synonyms;
  for (const Text& synonym : named.synonyms) synonyms.push_back(synonym.text);
  return ClassKey(templates_key, synonyms);
}

}  // namespace

std::vector<std::string> ClassNames(const Vocabulary& vocabulary) {
  std::vector<std::string> names;
  for (const VocabularyClass& item : vocabulary.classes) names.push_back(item.name);
  return names;
}

std::string_view SynonymRuleName(SynonymRule rule) {
  return rule == SynonymRule::kAverage ? "average" : "best";
}

std::optional<SynonymRule> SynonymRuleOfName(std::string_view name) {
  for (const SynonymRule rule : {SynonymRule::kAverage, SynonymRule::kBest}) {
    if (name == SynonymRuleName(rule)) return rule;
  }
  return std::nullopt;
}

absl::StatusOr<PromptSet> ExpandVocabulary(const Vocabulary& vocabulary, const VocabularyLimits& limits,
                                           const Tokenizer& tokenizer,
                                           const std::function<bool(const std::string& key)>& is_known) {
  absl::StatusOr<std::vector<NamedClass>> classes = ReadClasses(vocabulary, limits);
  if (classes.ok() && vocabulary.synonym_rule == SynonymRule::kBest) {
    classes = LetSynonymsCompete(*classes, vocabulary, limits);
  }
  if (!classes.ok()) return classes.status();
  const absl::StatusOr<std::vector<std::string>> templates = ReadTemplates(vocabulary, limits, tokenizer);
  if (!templates.ok()) return templates.status();

  size_t num_prompts = 0;
  for (const NamedClass& named : *classes) num_prompts += named.synonyms.size() * templates->size();
  if (num_prompts > static_cast<size_t>(limits.max_prompts)) {
    return FieldError("vocabulary",
                      absl::StrCat("makes ", num_prompts, " prompts with its ", templates->size(),
                                   " templates; at most ", limits.max_prompts, " are accepted"));
  }

  if (absl::Status status = CheckTotalBytes(*classes, *templates, limits); !status.ok()) return status;

  PromptSet result;
  result.num_templates = static_cast<int>(templates->size());
  const std::string templates_key = TemplatesKey(*templates);
  PromptCollector collector(limits, tokenizer);
  for (const NamedClass& named : *classes) {
    PromptedClass& prompted = result.classes.emplace_back();
    prompted.name = named.name;
    prompted.label = named.label;
    prompted.key = KeyOf(named, templates_key);
    prompted.num_synonyms = static_cast<int>(named.synonyms.size());
    if (is_known(prompted.key)) continue;
    for (const std::string& pattern : *templates) {
      for (const Text& synonym : named.synonyms) {
        const absl::StatusOr<int> index = collector.Add(pattern, synonym);
        if (!index.ok()) return index.status();
        prompted.prompts.push_back(*index);
      }
    }
  }
  result.prompts = std::move(collector).TakePrompts();
  return result;
}

}  // namespace pixelclip
