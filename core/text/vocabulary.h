#ifndef PIXELCLIP_CORE_TEXT_VOCABULARY_H_
#define PIXELCLIP_CORE_TEXT_VOCABULARY_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "core/text/tokenizer.h"

namespace pixelclip {

// One class that a picture is searched for. A name with ", " in it is a list of synonyms, as published:
// "road, street". `synonyms` holds further ones.
struct VocabularyClass {
  std::string name;
  std::vector<std::string> synonyms;
};

// "None of these": what a pixel is that no class claims. It needs words, a threshold or both.
struct Background {
  std::string name = "background";
  // Classes of their own whose pixels count as background: "wall", "sky, clouds". Named like a class.
  std::vector<std::string> words;
  // A pixel whose best score, a cosine, is below this is background. In [-1, 1].
  std::optional<float> score_threshold;
  // If set, the threshold, in [0, 1], is one of probabilities instead: a pixel's cosines times this, the
  // reciprocal of softmax's temperature, go through softmax over all classes and words. In (0, 1000].
  std::optional<float> softmax_scale = std::nullopt;
};

// What a class with several synonyms is.
enum class SynonymRule {
  kAverage,  // the mean of their embeddings: published
  kBest,     // at each pixel, the synonym that fits best there
};

// "average" and "best": as requests and flags call it; and back.
std::string_view SynonymRuleName(SynonymRule rule);
std::optional<SynonymRule> SynonymRuleOfName(std::string_view name);

// What a picture is to be segmented into.
struct Vocabulary {
  std::vector<VocabularyClass> classes;
  // Sentences around a name, "a photo of a {}.": every "{}" becomes the name, and "{article}" becomes "an" if
  // the name begins with one of the small letters a, e, i, o and u, else "a", as published. No other braces.
  // Empty: DefaultTemplates().
  std::vector<std::string> templates;
  std::optional<Background> background;
  SynonymRule synonym_rule = SynonymRule::kAverage;  // of the classes, and of the background's words
};

// What is accepted. The defaults admit the largest published vocabularies with the default templates.
struct VocabularyLimits {
  int max_classes = 2000;  // if synonyms compete, all classes' synonyms count
  int max_synonyms = 32;   // of one class, its names included
  int max_templates = 100;
  int max_background_words = 200;     // likewise
  int max_prompts = 20000;            // synonyms of all classes and background words times templates
  size_t max_text_bytes = 1024;       // of a name, a synonym, a background word or a template
  size_t max_prompt_bytes = 4096;     // of one template with its name filled in
  size_t max_total_bytes = 16 << 20;  // of all prompts together
};

// A named list of templates.
enum class TemplateSet {
  kPublished,  // DefaultTemplates()
  kNone,       // a name as it is
  kImageNet,   // ImageNetTemplates()
};

// "published", "none" and "imagenet": as requests and flags call it; and back.
std::string_view TemplateSetName(TemplateSet set);
std::optional<TemplateSet> TemplateSetOfName(std::string_view name);

// What to set Vocabulary::templates to.
std::vector<std::string> TemplatesOf(TemplateSet set);

// One text for the text encoder.
struct Prompt {
  std::string text;
  std::vector<int32_t> tokens;  // start token, the text's, end token: at most Tokenizer::kContextLength
};

// A class, or one synonym of a class if synonyms compete, and where its prompts are. Its embedding: normalise
// those of a template's synonyms, average them, normalise; average that over the templates, normalise.
struct PromptedClass {
  std::string name;  // as given
  int label = 0;     // the class's index; the number of classes for all of the background's words
  std::string key;   // classes with the same key have the same embedding, whatever else they stand with
  int num_synonyms = 0;
  // Indices into PromptSet::prompts: [template][synonym], num_templates * num_synonyms. Empty for a known
  // class.
  std::vector<int> prompts;
};

struct PromptSet {
  std::vector<Prompt> prompts;         // distinct texts
  std::vector<PromptedClass> classes;  // the vocabulary's, then the background's words
  int num_templates = 0;
};

// The names of the classes, as given.
std::vector<std::string> ClassNames(const Vocabulary& vocabulary);

// The eight templates of PixelCLIP's inference ("imagenet_select").
const std::vector<std::string>& DefaultTemplates();

// The eighty of CLIP's evaluation on ImageNet (Radford et al. 2021), in the order of its notebook.
const std::vector<std::string>& ImageNetTemplates();

// Every name in every template, as tokens. A FieldError ("vocabulary.classes[3].name",
// "vocabulary.templates[2]", "background.words[0]", ...) if `vocabulary` exceeds a limit, has no class, a
// blank or ill-formed text, two classes or synonyms of a class that are the same text to the model
// (clean_text.h), a background word or name that is a class, a template with wrong braces, or a prompt of
// more tokens than the text encoder reads. May be called from any thread.
//
// `is_known` is asked about each class's key, in order; tokenising, the most of the work, is spared for those
// that it knows. REQUIRES: only keys that ExpandVocabulary returned under the same limits are known.
absl::StatusOr<PromptSet> ExpandVocabulary(
    const Vocabulary& vocabulary, const VocabularyLimits& limits, const Tokenizer& tokenizer,
    const std::function<bool(const std::string& key)>& is_known = [](const std::string&) { return false; });

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_TEXT_VOCABULARY_H_
