// The whole engine against the published implementation, step by step: network input, class embeddings,
// scores, labels.
#include "core/segmenter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "core/field_error.h"
#include "core/image/decode.h"
#include "core/score_grid.h"
#include "tests/testing/golden.h"
#include "tests/testing/tensors.h"

namespace pixelclip {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using testing::Fixture;
using testing::Golden;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::RelativeError;

std::unique_ptr<Segmenter> LoadFixture(const std::string& path, const SegmenterOptions& options = {}) {
  auto segmenter = Segmenter::Load(Fixture(path), options);
  EXPECT_TRUE(segmenter.ok()) << segmenter.status();
  return *std::move(segmenter);
}

constexpr int64_t kGoldenTexts = 80;  // GoldenVocabulary's ten synonyms in its eight templates

Vocabulary GoldenVocabulary() {
  const auto settings = nlohmann::json::parse(testing::ReadFile(Fixture("segment/settings.json")));
  Vocabulary vocabulary;
  for (const auto& name : settings["vocabulary"]) vocabulary.classes.push_back({name.get<std::string>(), {}});
  vocabulary.templates = settings["templates"].get<std::vector<std::string>>();
  return vocabulary;
}

Image GoldenImage(int i) {
  auto image = DecodeImage(testing::ReadFile(Fixture("segment/image_" + std::to_string(i) + ".png")));
  EXPECT_TRUE(image.ok()) << image.status();
  return *std::move(image);
}

TEST(Segmenter, DefaultTemplatesAreThePublishedOnes) {
  EXPECT_EQ(DefaultTemplates(), GoldenVocabulary().templates);
}

TEST(Segmenter, ItsDeviceComputes) { EXPECT_TRUE(LoadFixture("vit/openai_state.pt")->DeviceComputes()); }

class SegmenterGoldenTest : public ::testing::TestWithParam<int> {};

TEST_P(SegmenterGoldenTest, EveryStepMatches) {
  const auto segmenter = LoadFixture("vit/openai_state.pt");
  const Golden golden(Fixture("segment/golden_" + std::to_string(GetParam()) + ".safetensors"));
  const Image image = GoldenImage(GetParam());

  const auto input = segmenter->Preprocess(image, {});
  ASSERT_TRUE(input.ok()) << input.status();
  EXPECT_LE(RelativeError(input->values, golden.Values("input")), 1e-5);

  const auto vocabulary = segmenter->EmbedVocabulary(GoldenVocabulary());
  ASSERT_TRUE(vocabulary.ok()) << vocabulary.status();
  EXPECT_LE(RelativeError((*vocabulary)->embeddings.values, golden.Values("text_features")), 1e-5);

  const auto features = segmenter->EncodeImages({*input});
  ASSERT_TRUE(features.ok()) << features.status();
  const ScoreGrid scores = MakeScoreGrid(features->front(), (*vocabulary)->embeddings);
  const std::vector<float>& planes = golden.Values("logits_64");  // [1, K, 64, 64]
  std::vector<float> expected(planes.size());
  const size_t classes = scores.candidates, points = planes.size() / classes;
  for (size_t k = 0; k < classes; ++k) {
    for (size_t i = 0; i < points; ++i) expected[i * classes + k] = planes[k * points + i];
  }
  EXPECT_LE(RelativeError(scores.values, expected), 1e-4);

  const auto result = segmenter->Classify(features->front(), **vocabulary, image.width, image.height, {});
  ASSERT_TRUE(result.ok()) << result.status();
  const std::vector<float>& mask = golden.Values("mask");
  const std::vector<float>& margin = golden.Values("margin");
  ASSERT_EQ(result->labels.labels.size(), mask.size());
  int wrong = 0, clear = 0;
  for (size_t i = 0; i < mask.size(); ++i) {
    if (margin[i] <= 1e-3) continue;
    ++clear;
    wrong += result->labels.labels[i] != static_cast<int>(mask[i]);
  }
  EXPECT_EQ(wrong, 0) << "of " << clear << " pixels with a clear winner";
  EXPECT_GT(clear, 0);
}

INSTANTIATE_TEST_SUITE_P(Pictures, SegmenterGoldenTest, ::testing::Range(0, 3));

TEST(Segmenter, APictureDoesNotDependOnItsBatch) {
  const auto segmenter = LoadFixture("hf");
  std::vector<NetworkInput> inputs;
  for (int i = 0; i < 3; ++i) inputs.push_back(*segmenter->Preprocess(GoldenImage(i), {}));
  const auto together = segmenter->EncodeImages(inputs);
  ASSERT_TRUE(together.ok()) << together.status();
  for (int i = 0; i < 3; ++i) {
    const auto alone = segmenter->EncodeImages({inputs[i]});
    ASSERT_TRUE(alone.ok()) << alone.status();
    EXPECT_LE(RelativeError((*together)[i].values, alone->front().values), 1e-5);
  }
}

TEST(Segmenter, AnInputKeepsThePicturesShapeIfAsked) {
  const auto segmenter = LoadFixture("vit/openai_state.pt");
  const Image wide{300, 100, std::vector<uint8_t>(size_t{3} * 300 * 100, 128)};
  const auto input = segmenter->Preprocess(wide, {InputFit::kKeepAspect, 128});
  ASSERT_TRUE(input.ok()) << input.status();
  EXPECT_EQ(input->width, 224);
  EXPECT_EQ(input->height, 64);
  EXPECT_EQ(input->values.size(), 3u * 224 * 64);
  const auto features = segmenter->EncodeImages({*input});
  ASSERT_TRUE(features.ok()) << features.status();
  EXPECT_GT(features->front().width, features->front().height);
  EXPECT_EQ(FieldOf(segmenter->Preprocess(wide, {InputFit::kSquash, 65}).status()), "inference.resolution");
}

TEST(Segmenter, AViTsLastBlockIsTheCallersChoice) {
  const NetworkInput input = *LoadFixture("vit/openai_state.pt")->Preprocess(GoldenImage(0), {});
  std::vector<std::vector<float>> seen;
  for (const LastBlock last_block : {LastBlock::kPublished, LastBlock::kMaskClip, LastBlock::kSclip,
                                     LastBlock::kClearClip, LastBlock::kNaclip}) {
    SegmenterOptions options;
    options.last_block = last_block;
    const auto segmenter = LoadFixture("vit/openai_state.pt", options);
    const auto features = segmenter->EncodeImages({input});
    ASSERT_TRUE(features.ok()) << features.status();
    EXPECT_THAT(seen, Not(Contains(features->front().values)));
    seen.push_back(features->front().values);
  }
}

TEST(Segmenter, OnlyAViTHasALastBlock) {
  SegmenterOptions options;
  options.last_block = LastBlock::kSclip;
  const auto segmenter = Segmenter::Load(PIXELCLIP_MODELS "/mini", options);
  EXPECT_EQ(segmenter.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(segmenter.status().message()),
              AllOf(HasSubstr("/mini: last block sclip"), HasSubstr("EfficientNet")));
}

TEST(Segmenter, SynonymsThatCompeteTakeWhatEachWouldTake) {
  const auto segmenter = LoadFixture("vit/openai_state.pt");
  const Image image = GoldenImage(0);
  Vocabulary alone = GoldenVocabulary();
  alone.classes = {{"dog", {}}, {"sky", {}}, {"grass", {}}};
  Vocabulary together = alone;
  together.classes = {{"dog, sky", {}}, {"grass", {}}};
  together.synonym_rule = SynonymRule::kBest;
  const auto a = segmenter->Segment(image, alone, {}), b = segmenter->Segment(image, together, {});
  ASSERT_TRUE(a.ok() && b.ok()) << a.status() << b.status();
  ASSERT_EQ(b->classes.size(), 2u);
  EXPECT_EQ(a->classes[0].pixels + a->classes[1].pixels, b->classes[0].pixels);
  EXPECT_EQ(a->classes[2].pixels, b->classes[1].pixels);
}

TEST(Segmenter, BackgroundTakesWhatNoClassClaims) {
  const auto segmenter = LoadFixture("vit/openai_state.pt");
  const Image image = GoldenImage(0);
  Vocabulary vocabulary = GoldenVocabulary();
  vocabulary.background = Background{"nothing", {}, 1.0f};
  auto result = segmenter->Segment(image, vocabulary, {});
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->classes.back().name, "nothing");
  EXPECT_TRUE(result->classes.back().is_background);
  EXPECT_DOUBLE_EQ(result->classes.back().share, 1);

  vocabulary.background = Background{"nothing", {}, -1.0f};
  result = segmenter->Segment(image, vocabulary, {});
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->classes.back().pixels, 0);

  // A class that is moved to the background's words keeps its pixels, now as background.
  vocabulary.background.reset();
  const auto plain = segmenter->Segment(image, vocabulary, {});
  ASSERT_TRUE(plain.ok()) << plain.status();
  const ClassSummary moved = plain->classes.back();
  vocabulary.background = Background{"nothing", {vocabulary.classes.back().name}, {}};
  vocabulary.classes.pop_back();
  result = segmenter->Segment(image, vocabulary, {});
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->classes.back().pixels, moved.pixels);
  EXPECT_EQ(result->classes.size(), plain->classes.size());
}

TEST(Segmenter, KnownWordsHaveTheEmbeddingsThatTheyHadAsNewOnes) {
  const auto segmenter = LoadFixture("hf");
  Vocabulary vocabulary = GoldenVocabulary();
  const auto fresh = segmenter->EmbedVocabulary(vocabulary);
  ASSERT_TRUE(fresh.ok()) << fresh.status();
  EXPECT_EQ(segmenter->text_cache_stats().texts.misses, kGoldenTexts);

  std::reverse(vocabulary.classes.begin(), vocabulary.classes.end());
  const auto known = segmenter->EmbedVocabulary(vocabulary);
  ASSERT_TRUE(known.ok()) << known.status();
  const std::vector<float>& values = (*fresh)->embeddings.values;
  const int channels = (*fresh)->embeddings.channels;
  std::vector<float> reversed;
  for (auto row = values.end(); row != values.begin(); row -= channels) {
    reversed.insert(reversed.end(), row - channels, row);
  }
  EXPECT_EQ((*known)->embeddings.values, reversed);
  EXPECT_EQ(segmenter->text_cache_stats().texts.misses, kGoldenTexts);
  EXPECT_EQ(segmenter->text_cache_stats().classes.hits, vocabulary.classes.size());
}

TEST(Segmenter, AClassIsNotTakenForAnotherOfItsName) {
  const auto segmenter = LoadFixture("hf");
  const auto embed = [](const Segmenter& with, const VocabularyClass& item, const std::string& pattern) {
    Vocabulary vocabulary;
    vocabulary.classes = {item};
    vocabulary.templates = {pattern, "a {}"};
    return (*with.EmbedVocabulary(vocabulary))->embeddings.values;
  };
  const std::vector<float> cat = embed(*segmenter, {"cat", {}}, "{}");
  const std::vector<float> kitten = embed(*segmenter, {"cat", {"kitten"}}, "{}");
  const std::vector<float> drawn = embed(*segmenter, {"cat", {}}, "a drawing of a {}");
  EXPECT_NE(cat, kitten);
  EXPECT_NE(cat, drawn);
  // A text's last bits depend on those that it is embedded with.
  const auto near = ::testing::FloatNear(1e-5f);
  EXPECT_THAT(embed(*LoadFixture("hf"), {"cat", {"kitten"}}, "{}"), ::testing::Pointwise(near, kitten));
  EXPECT_THAT(embed(*LoadFixture("hf"), {"cat", {}}, "a drawing of a {}"), ::testing::Pointwise(near, drawn));
  EXPECT_EQ(segmenter->text_cache_stats().texts.hits, 3) << "single texts are still shared";
}

TEST(Segmenter, SharesAVocabularyThatItKnows) {
  const auto segmenter = LoadFixture("hf");
  const Vocabulary vocabulary = GoldenVocabulary();
  EXPECT_EQ(segmenter->FindEmbedded(vocabulary), nullptr);
  const auto fresh = segmenter->EmbedVocabulary(vocabulary);
  ASSERT_TRUE(fresh.ok()) << fresh.status();
  EXPECT_EQ(segmenter->FindEmbedded(vocabulary), *fresh);
  EXPECT_EQ(*segmenter->EmbedVocabulary(vocabulary), *fresh);
  const TextCacheStats stats = segmenter->text_cache_stats();
  EXPECT_EQ(stats.vocabularies.hits, 2);
  EXPECT_EQ(stats.vocabularies.misses, 1);
  EXPECT_EQ(stats.texts.hits, 0);

  Vocabulary other = vocabulary;
  other.background = Background{"nothing", {}, 0.1f};
  EXPECT_EQ(segmenter->FindEmbedded(other), nullptr);
  other.background->score_threshold = 2;
  EXPECT_EQ(FieldOf(segmenter->EmbedVocabulary(other).status()), "background.score_threshold");
  EXPECT_EQ(segmenter->FindEmbedded(other), nullptr) << "a faulty vocabulary is never kept";
}

TEST(Segmenter, CallsAtTheSameTimeEmbedEachTextOnce) {
  const auto segmenter = LoadFixture("hf");
  const Vocabulary vocabulary = GoldenVocabulary();
  std::vector<std::thread> callers;
  for (int i = 0; i < 4; ++i) {
    callers.emplace_back([&] { EXPECT_TRUE(segmenter->EmbedVocabulary(vocabulary).ok()); });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(segmenter->text_cache_stats().texts.misses, kGoldenTexts);
}

TEST(Segmenter, EmbedsWithoutACache) {
  SegmenterOptions options;
  options.text_cache_bytes = 0;
  const auto segmenter = LoadFixture("hf", options);
  ASSERT_TRUE(segmenter->EmbedVocabulary(GoldenVocabulary()).ok());
  EXPECT_EQ(segmenter->FindEmbedded(GoldenVocabulary()), nullptr);
}

TEST(Segmenter, ReturnsScoreMaps) {
  const auto segmenter = LoadFixture("vit/openai_state.pt");
  const Image image = GoldenImage(0);
  const auto result = segmenter->Segment(image, GoldenVocabulary(), {true, {"sky", "dog"}});
  ASSERT_TRUE(result.ok()) << result.status();
  ASSERT_TRUE(result->best_scores);
  EXPECT_EQ(result->best_scores->values.width, image.width);
  EXPECT_LT(result->best_scores->min_score, result->best_scores->max_score);
  EXPECT_THAT(result->best_scores->values.pixels,
              ::testing::AllOf(::testing::Contains(0), ::testing::Contains(255)));
  ASSERT_EQ(result->score_maps.size(), 2u);
  EXPECT_EQ(result->score_maps[0].name, "sky");
  EXPECT_LE(result->score_maps[0].max_score, result->best_scores->max_score);

  const auto unknown = segmenter->Segment(image, GoldenVocabulary(), {false, {"dog", "unicorn"}});
  EXPECT_EQ(FieldOf(unknown.status()), "outputs.score_maps[1]");
}

TEST(Segmenter, RefusesWhatItCannotEncode) {
  const auto segmenter = LoadFixture("hf");
  const auto tiny = segmenter->EncodeImages({{8, 320, std::vector<float>(3 * 8 * 320)}});
  EXPECT_THAT(std::string(tiny.status().message()), HasSubstr("8x320"));
  const auto mixed = segmenter->EncodeImages(
      {{32, 32, std::vector<float>(3 * 32 * 32)}, {32, 64, std::vector<float>(3 * 32 * 64)}});
  EXPECT_THAT(std::string(mixed.status().message()), HasSubstr("32x64"));
  EXPECT_EQ(FieldOf(segmenter->EmbedVocabulary({}).status()), "vocabulary.classes");
  std::string endless;
  for (int i = 0; i < 80; ++i) endless += "word ";
  EXPECT_EQ(FieldOf(segmenter->EncodeTexts({"dog", endless}).status()), "texts[1]");
  EXPECT_FALSE(Segmenter::Load(Fixture("no such file"), {}).ok());
}

}  // namespace
}  // namespace pixelclip
