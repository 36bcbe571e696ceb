#include "core/segment_tiled.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/field_error.h"
#include "tests/testing/fake_segmenter.h"

namespace pixelclip {
namespace {

// Scores what it sees: the brighter a pixel, the more it is of the second class.
class BrightnessSegmenter : public testing::FakeSegmenter {
 public:
  absl::StatusOr<NetworkInput> Preprocess(const Image& image, const InputOptions&) const override {
    largest_input_ = std::max(largest_input_, image.pixels.size());
    NetworkInput input{kSide, kSide, {}};
    for (int y = 0; y < kSide; ++y) {
      for (int x = 0; x < kSide; ++x) {
        const int pixel = (y * image.height / kSide) * image.width + x * image.width / kSide;
        input.values.push_back(static_cast<float>(image.pixels[3 * pixel]) / 255);
      }
    }
    return input;
  }

  absl::StatusOr<std::vector<DenseFeatures>> EncodeImages(
      const std::vector<NetworkInput>& inputs) const override {
    inputs_ += inputs.size();
    if (inputs_ > fail_after_) return absl::ResourceExhaustedError("out of memory");
    std::vector<DenseFeatures> features;
    for (const NetworkInput& input : inputs) features.push_back({kSide, kSide, 1, input.values});
    return features;
  }

  absl::StatusOr<ScoreGrid> Score(const DenseFeatures& features, const EmbeddedVocabulary&) const override {
    ScoreGrid grid{kSide, kSide, 2, {}};
    for (const float value : features.values) grid.values.insert(grid.values.end(), {0.5f, value});
    return grid;
  }

  mutable size_t inputs_ = 0;
  mutable size_t largest_input_ = 0;  // bytes
  size_t fail_after_ = 1000;

 private:
  static constexpr int kSide = 16;
};

EmbeddedVocabulary DarkAndBright() { return {{"dark", "bright"}, std::nullopt, {}}; }

// Dark to the left of `border`.
Image TwoHalves(int width, int height, int border) {
  Image image{width, height, {}};
  for (int i = 0; i < width * height; ++i) {
    for (int c = 0; c < 3; ++c) image.pixels.push_back(i % width < border ? 0 : 255);
  }
  return image;
}

TEST(SegmentTiled, APictureOfOneTileGetsTheLabelsThatItGetsUntiled) {
  const BrightnessSegmenter segmenter;
  const Image picture = TwoHalves(120, 80, 50);
  const auto tiled = SegmentTiled(segmenter, picture, DarkAndBright(), {}, {});
  ASSERT_TRUE(tiled.ok()) << tiled.status();
  const auto features = segmenter.EncodeImages({*segmenter.Preprocess(picture, {})});
  const auto whole = segmenter.Classify(features->front(), DarkAndBright(), 120, 80, {});
  ASSERT_TRUE(whole.ok()) << whole.status();
  EXPECT_EQ(tiled->labels.labels, whole->labels.labels);
}

TEST(SegmentTiled, SeesDetailsThatTheWholeLoses) {
  const BrightnessSegmenter segmenter;
  const Image picture = TwoHalves(1000, 300, 333);
  const auto tiled = SegmentTiled(segmenter, picture, DarkAndBright(), {}, {64, 16});
  ASSERT_TRUE(tiled.ok()) << tiled.status();
  int wrong = 0;
  for (int i = 0; i < 1000 * 300; ++i) wrong += tiled->labels.labels[i] != (i % 1000 >= 333);
  EXPECT_LE(wrong, 4 * 300) << "the border is off by more than a cell of the encoder's grid";
  EXPECT_EQ(segmenter.inputs_, 21u * 6);
  EXPECT_EQ(segmenter.largest_input_, 64u * 64 * 3);
}

TEST(SegmentTiled, TheWholeMayHaveASay) {
  const Image picture = TwoHalves(1000, 300, 333);
  const BrightnessSegmenter alone, both;
  const auto tiles = SegmentTiled(alone, picture, DarkAndBright(), {}, {64, 16});
  const auto mixed = SegmentTiled(both, picture, DarkAndBright(), {}, {64, 16, 1});
  ASSERT_TRUE(tiles.ok() && mixed.ok()) << tiles.status() << mixed.status();
  EXPECT_EQ(both.inputs_, alone.inputs_ + 1);
  const auto features = both.EncodeImages({*both.Preprocess(picture, {})});
  const auto whole = both.Classify(features->front(), DarkAndBright(), 1000, 300, {});
  int differ = 0;
  for (int i = 0; i < 1000 * 300; ++i) differ += mixed->labels.labels[i] != whole->labels.labels[i];
  EXPECT_LE(differ, 5 * 300) << "a weight of 1 leaves nothing but the whole";
}

TEST(SegmentTiled, PassesErrorsOn) {
  BrightnessSegmenter segmenter;
  const Image picture = TwoHalves(300, 300, 100);
  EXPECT_EQ(FieldOf(SegmentTiled(segmenter, picture, DarkAndBright(), {}, {5000, 0}).status()),
            "tiling.tile_size");
  EXPECT_EQ(FieldOf(SegmentTiled(segmenter, picture, DarkAndBright(), {false, {"cat"}}, {}).status()),
            "outputs.score_maps[0]");
  EXPECT_EQ(segmenter.inputs_, 0u) << "encoded although the request is refused";
  segmenter.fail_after_ = 4;
  const auto failed = SegmentTiled(segmenter, picture, DarkAndBright(), {}, {64, 16});
  EXPECT_EQ(failed.status().code(), absl::StatusCode::kResourceExhausted);
}

}  // namespace
}  // namespace pixelclip
