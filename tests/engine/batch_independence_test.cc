// A picture's label map depends neither on the pictures that share its batch nor on the number of threads:
// every kind of encoder in every precision, with every option. docs/inference.md, "Precision", states the
// tolerances.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/image/resize.h"
#include "core/refine_labels.h"
#include "core/segment_tiled.h"
#include "core/segmenter.h"
#include "tests/testing/golden.h"
#include "tests/testing/pictures.h"
#include "tests/testing/tensors.h"

namespace pixelclip {
namespace {

using testing::Fixture;
using ::testing::HasSubstr;
using testing::RelativeError;

constexpr int kWidth = 200, kHeight = 120;

// Small networks wait for their threads longer than they compute where other processes want the cores as
// well.
[[maybe_unused]] const bool kOneThread = (SetComputeThreads(1), true);

struct Case {
  std::string name, path;
  Precision precision;
  LastBlock last_block = LastBlock::kPublished;
};

// What features of one picture may differ by, in parts of the largest: rounding, where a kernel for another
// number of pictures adds up in another order. bf16 and int8 may turn that into one of their own steps.
double Tolerance(Precision precision) { return precision == Precision::kFp32 ? 1e-5 : 1e-2; }

// As many pixels may then get another label: those whose two best classes are nearly equal.
double ShareOfPixels(Precision precision) { return precision == Precision::kFp32 ? 1e-3 : 2e-2; }

// Smooth blobs, and neighbours that would spoil any scale or mean that was taken over a whole batch.
std::vector<Image> Pictures() {
  const auto plain = [](uint8_t value) {
    return testing::Painted(kWidth, kHeight, [=](int, int) { return testing::Colour{value, value, value}; });
  };
  return {ResizeAntialiased(testing::Noise(9, 6, 1), kWidth, kHeight), plain(0), plain(255),
          testing::Noise(kWidth, kHeight, 2)};
}

// Hands a batch on picture by picture.
class OneByOne : public Segmenter {
 public:
  explicit OneByOne(const Segmenter& all) : all_(all) {}

  absl::StatusOr<std::vector<DenseFeatures>> EncodeImages(
      const std::vector<NetworkInput>& inputs) const override {
    std::vector<DenseFeatures> features;
    for (const NetworkInput& input : inputs) {
      auto alone = all_.EncodeImages({input});
      if (!alone.ok()) return alone.status();
      features.push_back(std::move(alone->front()));
    }
    return features;
  }

  const ModelConfig& config() const override { return all_.config(); }
  const std::string& version() const override { return all_.version(); }
  const std::string& origin() const override { return all_.origin(); }
  int resolution() const override { return all_.resolution(); }
  Precision precision() const override { return all_.precision(); }
  absl::StatusOr<NetworkInput> Preprocess(const Image& image, const InputOptions& options) const override {
    return all_.Preprocess(image, options);
  }
  bool DeviceComputes() const override { return all_.DeviceComputes(); }
  absl::StatusOr<TextFeatures> EncodeTexts(const std::vector<std::string>& texts) const override {
    return all_.EncodeTexts(texts);
  }
  absl::StatusOr<std::shared_ptr<const EmbeddedVocabulary>> EmbedVocabulary(
      const Vocabulary& vocabulary) const override {
    return all_.EmbedVocabulary(vocabulary);
  }
  std::shared_ptr<const EmbeddedVocabulary> FindEmbedded(const Vocabulary& vocabulary) const override {
    return all_.FindEmbedded(vocabulary);
  }
  TextCacheStats text_cache_stats() const override { return all_.text_cache_stats(); }
  size_t memory_bytes() const override { return all_.memory_bytes(); }
  absl::StatusOr<ScoreGrid> Score(const DenseFeatures& features,
                                  const EmbeddedVocabulary& vocabulary) const override {
    return all_.Score(features, vocabulary);
  }

 private:
  const Segmenter& all_;
};

// From features to labels.
struct Way {
  std::string name;
  Vocabulary vocabulary;
  ClassifyOptions classify = {};
};

std::vector<Way> Ways() {
  Vocabulary words;
  words.classes = {{"dog", {}}, {"sky", {}}, {"grass, lawn", {}}};
  std::vector<Way> ways = {{"published", words}, {"refined", words, {false, {}, 3}}};
  const auto add = [&](const std::string& name, const std::function<void(Vocabulary&)>& change) {
    ways.push_back({name, words});
    change(ways.back().vocabulary);
  };
  add("no templates", [](Vocabulary& v) { v.templates = TemplatesOf(TemplateSet::kNone); });
  add("eighty templates", [](Vocabulary& v) { v.templates = TemplatesOf(TemplateSet::kImageNet); });
  add("best synonym", [](Vocabulary& v) { v.synonym_rule = SynonymRule::kBest; });
  add("background words", [](Vocabulary& v) { v.background = Background{"none", {"wall", "floor"}, {}}; });
  add("background threshold", [](Vocabulary& v) { v.background = Background{"none", {}, 0.05f}; });
  add("background probability", [](Vocabulary& v) { v.background = Background{"none", {}, 0.4f, 40.0f}; });
  return ways;
}

const std::vector<InputOptions>& Fits() {
  static const auto& fits = *new std::vector<InputOptions>{
      {InputFit::kSquash, 0}, {InputFit::kKeepAspect, 128}, {InputFit::kSquash, 64}};
  return fits;
}

class BatchIndependenceTest : public ::testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    SegmenterOptions options;
    options.precision = GetParam().precision;
    options.last_block = GetParam().last_block;
    options.resolution = 96;
    auto segmenter = Segmenter::Load(GetParam().path, options);
    if (absl::IsUnavailable(segmenter.status())) GTEST_SKIP() << segmenter.status();
    ASSERT_TRUE(segmenter.ok()) << segmenter.status();
    segmenter_ = *std::move(segmenter);
  }

  std::vector<NetworkInput> Inputs(const InputOptions& options) const {
    std::vector<NetworkInput> inputs;
    for (const Image& picture : pictures_) inputs.push_back(*segmenter_->Preprocess(picture, options));
    return inputs;
  }

  LabelMap Label(const DenseFeatures& features, const Image& picture, const Way& way) const {
    const auto vocabulary = segmenter_->EmbedVocabulary(way.vocabulary);
    EXPECT_TRUE(vocabulary.ok()) << vocabulary.status();
    const Image guide = MakeRefinementGuide(picture);
    auto result = segmenter_->Classify(features, **vocabulary, kWidth, kHeight, way.classify, &guide);
    EXPECT_TRUE(result.ok()) << result.status();
    return std::move(result->labels);
  }

  void ExpectSame(const LabelMap& got, const LabelMap& expected, const std::string& name) {
    ASSERT_EQ(got.labels.size(), expected.labels.size()) << name;
    size_t differ = 0;
    for (size_t i = 0; i < got.labels.size(); ++i) differ += got.labels[i] != expected.labels[i];
    const auto pixels = static_cast<double>(got.labels.size());
    EXPECT_LE(static_cast<double>(differ), ShareOfPixels(GetParam().precision) * pixels) << name;
    most_differ_ = std::max(most_differ_, differ);
    RecordProperty("pixels_that_differ", absl::StrCat(most_differ_));
  }

  const std::vector<Image> pictures_ = Pictures();
  std::unique_ptr<Segmenter> segmenter_;
  size_t most_differ_ = 0;
};

TEST_P(BatchIndependenceTest, FeaturesAreThoseOfThePictureAlone) {
  double largest = 0;
  for (const InputOptions& options : Fits()) {
    const std::vector<NetworkInput> inputs = Inputs(options);
    const auto alone = *OneByOne(*segmenter_).EncodeImages(inputs);
    EXPECT_EQ(segmenter_->EncodeImages({inputs[0]})->front().values, alone[0].values) << "on the second run";
    std::vector<size_t> order = {0, 1, 2, 3};
    for (size_t size = order.size(); size > 1; --size) {  // another size and another place each time
      std::rotate(order.begin(), order.begin() + 2, order.end());
      std::vector<NetworkInput> batch;
      for (size_t i = 0; i < size; ++i) batch.push_back(inputs[order[i]]);
      const auto together = segmenter_->EncodeImages(batch);
      ASSERT_TRUE(together.ok()) << together.status();
      for (size_t i = 0; i < size; ++i)
        largest = std::max(largest, RelativeError((*together)[i].values, alone[order[i]].values));
    }
  }
  EXPECT_LE(largest, Tolerance(GetParam().precision));
  RecordProperty("largest_difference", absl::StrCat(largest));
}

// A server gives a picture as many threads as it has cores to spare.
TEST_P(BatchIndependenceTest, FeaturesAreThoseOfAnyNumberOfThreads) {
  const NetworkInput input = Inputs({})[0];
  SetComputeThreads(1);
  const std::vector<float> one = segmenter_->EncodeImages({input})->front().values;
  double largest = 0;
  for (const int threads : {2, 3}) {
    SetComputeThreads(threads);
    largest = std::max(largest, RelativeError(segmenter_->EncodeImages({input})->front().values, one));
  }
  EXPECT_LE(largest, Tolerance(GetParam().precision));
  RecordProperty("largest_difference", absl::StrCat(largest));
}

TEST_P(BatchIndependenceTest, LabelsAreThoseOfThePictureAlone) {
  for (const InputOptions& options : {Fits()[0], Fits()[1]}) {
    const std::vector<NetworkInput> inputs = Inputs(options);
    const DenseFeatures together = (*segmenter_->EncodeImages(inputs))[0];
    const DenseFeatures alone = segmenter_->EncodeImages({inputs[0]})->front();
    std::set<uint16_t> seen;
    for (const Way& way : Ways()) {
      const LabelMap labels = Label(alone, pictures_[0], way);
      ExpectSame(Label(together, pictures_[0], way), labels, way.name);
      seen.insert(labels.labels.begin(), labels.labels.end());
    }
    EXPECT_GT(seen.size(), 1u) << "one label for everything proves nothing";
  }
}

TEST_P(BatchIndependenceTest, TilesAreLabelledAsEachAlone) {
  const OneByOne one_by_one(*segmenter_);
  const auto vocabulary = segmenter_->EmbedVocabulary(Ways()[0].vocabulary);
  ASSERT_TRUE(vocabulary.ok()) << vocabulary.status();
  for (const float global_weight : {0.0f, 0.5f}) {
    const ClassifyOptions refined = {false, {}, 2};
    const TilingOptions tiling = {96, 24, global_weight};
    const auto together = SegmentTiled(*segmenter_, pictures_[0], **vocabulary, refined, tiling);
    const auto alone = SegmentTiled(one_by_one, pictures_[0], **vocabulary, refined, tiling);
    ASSERT_TRUE(together.ok() && alone.ok()) << together.status() << alone.status();
    ExpectSame(together->labels, alone->labels, absl::StrCat("global weight ", global_weight));
  }
}

std::vector<Case> Cases() {
  std::vector<Case> cases;
  const auto add = [&](const std::string& name, const std::string& path,
                       const std::vector<Precision>& precisions) {
    for (const Precision precision : precisions)
      cases.push_back({name + "_" + std::string(PrecisionName(precision)), path, precision});
  };
  const std::vector<Precision> all = {Precision::kFp32, Precision::kBf16, Precision::kInt8};
  add("vit", Fixture("vit/openai_state.pt"), all);
  add("vit_gelu", Fixture("open_clip"), all);
  add("convnext", Fixture("convnext"), all);
  add("efficientnet", PIXELCLIP_MODELS "/mini", {Precision::kFp32, Precision::kBf16});
  for (const LastBlock last_block :
       {LastBlock::kMaskClip, LastBlock::kSclip, LastBlock::kClearClip, LastBlock::kNaclip}) {
    for (const Precision precision : all) {
      cases.push_back({std::string(LastBlockName(last_block)) + "_" + std::string(PrecisionName(precision)),
                       Fixture("vit/openai_state.pt"), precision, last_block});
    }
  }
  return cases;
}

INSTANTIATE_TEST_SUITE_P(Encoders, BatchIndependenceTest, ::testing::ValuesIn(Cases()),
                         [](const auto& instance) { return instance.param.name; });

double MeanCosine(const DenseFeatures& a, const DenseFeatures& b) {
  double sum = 0;
  for (size_t at = 0; at < a.values.size(); at += a.channels) {
    double ab = 0, aa = 0, bb = 0;
    for (size_t i = at; i < at + a.channels; ++i) {
      ab += double{a.values[i]} * b.values[i];
      aa += double{a.values[i]} * a.values[i];
      bb += double{b.values[i]} * b.values[i];
    }
    sum += ab / std::sqrt(aa * bb);
  }
  return sum / (static_cast<double>(a.values.size()) / a.channels);
}

TEST(Precision, AConvNextIsNearItsFeaturesInFp32) {
  SegmenterOptions options;
  options.resolution = 128;
  const auto exact = *Segmenter::Load(Fixture("convnext"), options);
  for (const auto& [precision, least] : {std::pair(Precision::kBf16, 0.999), {Precision::kInt8, 0.99}}) {
    options.precision = precision;
    const auto rounded = Segmenter::Load(Fixture("convnext"), options);
    if (absl::IsUnavailable(rounded.status())) {
      EXPECT_THAT(rounded.status().message(), HasSubstr("this CPU has no AVX512"));
      continue;
    }
    ASSERT_TRUE(rounded.ok()) << rounded.status();
    EXPECT_EQ((*rounded)->precision(), precision);
    EXPECT_LT((*rounded)->memory_bytes(), exact->memory_bytes());
    for (const Image& picture : Pictures()) {
      const NetworkInput input = *exact->Preprocess(picture, {});
      const double cosine =
          MeanCosine((*rounded)->EncodeImages({input})->front(), exact->EncodeImages({input})->front());
      EXPECT_GE(cosine, least) << PrecisionName(precision);
      RecordProperty("cosine_" + std::string(PrecisionName(precision)), absl::StrCat(cosine));
    }
  }
}

TEST(Vocabulary, AWordMeansTheSameAmongOthers) {
  const auto embed = [](const std::vector<VocabularyClass>& classes) {
    const auto segmenter = *Segmenter::Load(Fixture("vit/openai_state.pt"), {});
    const auto embedded = *segmenter->EmbedVocabulary({classes, {}, {}});
    const std::vector<float>& values = embedded->embeddings.values;
    return std::vector<float>(values.begin(), values.begin() + embedded->embeddings.channels);
  };
  const std::vector<float> alone = embed({{"dog", {}}});
  const double error =
      RelativeError(embed({{"dog", {}}, {"a sky with many clouds", {}}, {"cat", {}}}), alone);
  EXPECT_LE(error, 1e-5);
  RecordProperty("error", absl::StrCat(error));
}

}  // namespace
}  // namespace pixelclip
