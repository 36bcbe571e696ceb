#include "core/text/vocabulary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include "core/field_error.h"

namespace pixelclip {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

absl::StatusOr<PromptSet> Expand(const Vocabulary& vocabulary, const VocabularyLimits& limits = {}) {
  return ExpandVocabulary(vocabulary, limits, Tokenizer::Clip());
}

Vocabulary Named(const std::vector<std::string>& names, const std::vector<std::string>& templates = {"{}"}) {
  Vocabulary vocabulary;
  for (const std::string& name : names) vocabulary.classes.push_back({name, {}});
  vocabulary.templates = templates;
  return vocabulary;
}

Vocabulary WithBackground(const Background& background) {
  Vocabulary vocabulary = Named({"dog", "cat"});
  vocabulary.background = background;
  return vocabulary;
}

// Expects an error about `field` whose message has `part` in it.
void ExpectError(const Vocabulary& vocabulary, const std::string& field, const std::string& part,
                 const VocabularyLimits& limits = {}) {
  const absl::Status status = Expand(vocabulary, limits).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
  EXPECT_EQ(FieldOf(status), field) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr(part));
}

std::vector<std::string> Texts(const PromptSet& set, const PromptedClass& prompted) {
  std::vector<std::string> texts;
  for (const int index : prompted.prompts) texts.push_back(set.prompts[index].text);
  return texts;
}

TEST(VocabularyTest, FillsTheDefaultTemplates) {
  const absl::StatusOr<PromptSet> set = Expand(Named({"dog"}, {}));
  ASSERT_TRUE(set.ok()) << set.status();
  EXPECT_EQ(set->num_templates, 8);
  EXPECT_THAT(Texts(*set, set->classes[0]),
              ElementsAre("itap of a dog.", "a bad photo of the dog.", "a origami dog.",
                          "a photo of the large dog.", "a dog in a video game.", "art of the dog.",
                          "a photo of the small dog.", "A photo of a dog in the scene"));
}

TEST(VocabularyTest, EnclosesTokensInStartAndEnd) {
  const absl::StatusOr<PromptSet> set = Expand(Named({"dog"}));
  ASSERT_TRUE(set.ok()) << set.status();
  EXPECT_THAT(set->prompts[0].tokens, ElementsAre(Tokenizer::kStartToken, 1929, Tokenizer::kEndToken));
}

TEST(VocabularyTest, OrdersPromptsByTemplateThenSynonym) {
  Vocabulary vocabulary = Named({"road, street", "sky"}, {"a {}", "the {}"});
  vocabulary.classes[0].synonyms = {"lane"};
  const absl::StatusOr<PromptSet> set = Expand(vocabulary);
  ASSERT_TRUE(set.ok()) << set.status();
  EXPECT_EQ(set->classes[0].name, "road, street");
  EXPECT_EQ(set->classes[0].num_synonyms, 3);
  EXPECT_THAT(Texts(*set, set->classes[0]),
              ElementsAre("a road", "a street", "a lane", "the road", "the street", "the lane"));
  EXPECT_THAT(Texts(*set, set->classes[1]), ElementsAre("a sky", "the sky"));
}

TEST(VocabularyTest, KeepsEachTextOnce) {
  Vocabulary vocabulary = Named({"crane", "bird"}, {"a {}", "a {}"});
  vocabulary.classes[1].synonyms = {"crane"};
  const absl::StatusOr<PromptSet> set = Expand(vocabulary);
  ASSERT_TRUE(set.ok()) << set.status();
  EXPECT_THAT(set->prompts, SizeIs(2));
  EXPECT_THAT(Texts(*set, set->classes[1]), ElementsAre("a bird", "a crane", "a bird", "a crane"));
}

TEST(VocabularyTest, FillsArticles) {
  const absl::StatusOr<PromptSet> set =
      Expand(Named({"apple, dog", "Owl"}, {"This is {article} {}, {article} {}"}));
  ASSERT_TRUE(set.ok()) << set.status();
  EXPECT_THAT(Texts(*set, set->classes[0]),
              ElementsAre("This is an apple, an apple", "This is a dog, a dog"));
  EXPECT_THAT(Texts(*set, set->classes[1]), ElementsAre("This is a Owl, a Owl"));  // as published
}

TEST(VocabularyTest, AppendsBackgroundWords) {
  const absl::StatusOr<PromptSet> set = Expand(WithBackground({"none", {"wall", "sky, clouds"}, 0.1f}));
  ASSERT_TRUE(set.ok()) << set.status();
  EXPECT_EQ(set->classes.back().label, 2);
  ASSERT_THAT(set->classes, SizeIs(4));
  EXPECT_EQ(set->classes[2].name, "wall");
  EXPECT_THAT(Texts(*set, set->classes[3]), ElementsAre("sky", "clouds"));
}

TEST(VocabularyTest, SynonymsThatCompeteAreClassesOfTheirOwn) {
  Vocabulary vocabulary = Named({"road, street", "sky"}, {"a {}"});
  vocabulary.background = Background{"none", {"wall, fence"}, std::nullopt};
  vocabulary.synonym_rule = SynonymRule::kBest;
  absl::StatusOr<PromptSet> set = Expand(vocabulary);
  ASSERT_TRUE(set.ok()) << set.status();
  std::vector<int> labels;
  for (const PromptedClass& prompted : set->classes) {
    labels.push_back(prompted.label);
    EXPECT_EQ(prompted.num_synonyms, 1);
  }
  EXPECT_THAT(labels, ElementsAre(0, 0, 1, 2, 2));
  EXPECT_THAT(Texts(*set, set->classes[1]), ElementsAre("a street"));
  EXPECT_THAT(Texts(*set, set->classes[4]), ElementsAre("a fence"));

  VocabularyLimits limits;
  limits.max_classes = 2;
  ExpectError(vocabulary, "vocabulary.classes", "has 3 synonyms that compete; at most 2", limits);
  limits = {};
  limits.max_background_words = 1;
  ExpectError(vocabulary, "background.words", "has 2 synonyms that compete; at most 1", limits);
}

TEST(VocabularyTest, TemplateSetsAreWhatTheirNamesSay) {
  EXPECT_THAT(TemplatesOf(TemplateSet::kPublished), SizeIs(0));
  EXPECT_THAT(TemplatesOf(TemplateSet::kNone), ElementsAre("{}"));
  const std::vector<std::string> imagenet = TemplatesOf(TemplateSet::kImageNet);
  EXPECT_EQ(std::set<std::string>(imagenet.begin(), imagenet.end()).size(), 80u);
  EXPECT_TRUE(Expand(Named({"dog"}, imagenet)).ok());
  EXPECT_EQ(TemplateSetOfName("imagenet"), TemplateSet::kImageNet);
  EXPECT_EQ(TemplateSetOfName("ImageNet"), std::nullopt);
  EXPECT_EQ(SynonymRuleOfName("best"), SynonymRule::kBest);
}

TEST(VocabularyTest, RefusesSoftmaxThatMakesNoProbabilities) {
  const auto background = [](std::optional<float> threshold, float scale) {
    return WithBackground({"none", {"wall"}, threshold, scale});
  };
  EXPECT_TRUE(Expand(background(0.5f, 40)).ok());
  ExpectError(background(0.5f, 0), "background.softmax_scale", "is 0; expected more than 0 and at most 1000");
  ExpectError(background(0.5f, 1001), "background.softmax_scale", "is 1001");
  ExpectError(background(0.5f, std::nanf("")), "background.softmax_scale", "nan");
  ExpectError(background(std::nullopt, 40), "background.softmax_scale", "score_threshold");
  ExpectError(background(-0.1f, 40), "background.score_threshold", "[0, 1]");
}

TEST(VocabularyTest, BackgroundMayBeNamedLikeItsWord) {
  EXPECT_TRUE(Expand(WithBackground({"background", {"background"}, std::nullopt})).ok());
}

TEST(VocabularyTest, RefusesBlankOrMissingNames) {
  ExpectError(Named({}), "vocabulary.classes", "at least one");
  ExpectError(Named({"dog", ""}), "vocabulary.classes[1].name", "blank");
  ExpectError(Named({" \t\u00A0"}), "vocabulary.classes[0].name", "blank");
  ExpectError(Named({"&nbsp;"}), "vocabulary.classes[0].name", "blank");
  ExpectError(Named({"road, , street"}), "vocabulary.classes[0].name", "blank");
  ExpectError(Named({"road, "}), "vocabulary.classes[0].name", "blank");
  Vocabulary vocabulary = Named({"dog"});
  vocabulary.classes[0].synonyms = {"puppy", " "};
  ExpectError(vocabulary, "vocabulary.classes[0].synonyms[1]", "blank");
}

TEST(VocabularyTest, RefusesDuplicates) {
  ExpectError(Named({"dog", "cat", " Dog"}), "vocabulary.classes[2].name",
              "same text as vocabulary.classes[0].name");
  ExpectError(Named({"café", "cafÃ©"}), "vocabulary.classes[1].name", "same text");
  ExpectError(Named({"road, Road"}), "vocabulary.classes[0].name", "\"Road\" twice");
  Vocabulary vocabulary = Named({"dog"});
  vocabulary.classes[0].synonyms = {"puppy", "DOG"};
  ExpectError(vocabulary, "vocabulary.classes[0].synonyms[1]", "same text as vocabulary.classes[0].name");
}

TEST(VocabularyTest, RefusesIllFormedUtf8) {
  ExpectError(Named({"do\xFF"}), "vocabulary.classes[0].name", "UTF-8");
  ExpectError(Named({"dog"}, {"\xC0\x80{}"}), "vocabulary.templates[0]", "UTF-8");
}

TEST(VocabularyTest, RefusesWrongTemplates) {
  ExpectError(Named({"dog"}, {"a {}", "a photo"}), "vocabulary.templates[1]", "no {}");
  for (const char* text : {"{{}}", "{} {name}", "{} {", "} {}", "{0} {}"}) {
    ExpectError(Named({"dog"}, {text}), "vocabulary.templates[0]", "braces");
  }
}

TEST(VocabularyTest, RefusesMoreTokensThanTheEncoderReads) {
  std::string words = "dog";
  for (int i = 1; i < 75; ++i) words += " dog";
  EXPECT_TRUE(Expand(Named({words})).ok());
  ExpectError(Named({"cat", words + " dog"}), "vocabulary.classes[1].name",
              "76 tokens in the template \"{}\"; at most 75 fit between start and end");
  ExpectError(Named({"cat"}, {words + " {}"}), "vocabulary.templates[0]", "75 tokens without the name");
  Vocabulary vocabulary = Named({"cat"});
  vocabulary.classes[0].synonyms = {words + " dog"};
  ExpectError(vocabulary, "vocabulary.classes[0].synonyms[0]", "76 tokens");
}

TEST(VocabularyTest, RefusesAWrongBackground) {
  ExpectError(WithBackground({}), "background", "neither");
  ExpectError(WithBackground({"DOG", {"wall"}, {}}), "background.name",
              "same text as vocabulary.classes[0].name");
  ExpectError(WithBackground({" ", {"wall"}, {}}), "background.name", "blank");
  ExpectError(WithBackground({"none", {"wall", ""}, {}}), "background.words[1]", "blank");
  ExpectError(WithBackground({"none", {"cat"}, {}}), "background.words[0]",
              "same text as vocabulary.classes[1]");
  ExpectError(WithBackground({"none", {"wall", "Wall"}, {}}), "background.words[1]", "background.words[0]");
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float infinity = std::numeric_limits<float>::infinity();
  for (const float threshold : {nan, infinity, -infinity, 1.01f, -1.01f}) {
    ExpectError(WithBackground({"none", {}, threshold}), "background.score_threshold", "[-1, 1]");
  }
  EXPECT_TRUE(Expand(WithBackground({"none", {}, -1.0f})).ok());
}

TEST(VocabularyTest, HoldsItsLimits) {
  VocabularyLimits limits;
  limits.max_classes = 1;
  ExpectError(Named({"dog", "cat"}), "vocabulary.classes", "has 2 entries; at most 1", limits);
  limits = {};
  limits.max_synonyms = 2;
  ExpectError(Named({"a, b, c"}), "vocabulary.classes[0].name", "has 3 entries; at most 2", limits);
  limits = {};
  limits.max_templates = 1;
  ExpectError(Named({"dog"}, {"{}", "a {}"}), "vocabulary.templates", "has 2 entries; at most 1", limits);
  limits = {};
  limits.max_background_words = 1;
  ExpectError(WithBackground({"none", {"a", "b"}, {}}), "background.words", "has 2 entries; at most 1",
              limits);
  limits = {};
  limits.max_prompts = 3;
  ExpectError(Named({"dog", "cat"}, {"{}", "a {}"}), "vocabulary", "makes 4 prompts", limits);
  limits = {};
  limits.max_text_bytes = 3;
  ExpectError(Named({"dog", "bird"}), "vocabulary.classes[1].name", "has 4 bytes; at most 3", limits);
  limits = {};
  limits.max_prompt_bytes = 8;
  ExpectError(Named({"dog"}, {"{} {} {}"}), "vocabulary.classes[0].name", "has 11 bytes", limits);
  limits = {};
  limits.max_total_bytes = 5;
  ExpectError(Named({"dog", "cat"}), "vocabulary", "more than 5 bytes", limits);
}

}  // namespace
}  // namespace pixelclip
