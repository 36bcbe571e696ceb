#include "core/refine_labels.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/label_picture.h"
#include "tests/testing/golden.h"
#include "tests/testing/tensors.h"

namespace pixelclip {
namespace {

EmbeddedVocabulary Words(std::vector<std::string> names) { return {std::move(names), std::nullopt, {}, {}}; }

// Dark left of `edge`, bright from there on.
Image TwoHalves(int width, int height, int edge) {
  Image image{width, height, {}};
  for (int i = 0; i < width * height; ++i) {
    const auto value = static_cast<uint8_t>((i % width < edge ? 40 : 200) + i * 7 % 5);
    image.pixels.insert(image.pixels.end(), 3, value);
  }
  return image;
}

// Scores of two classes that change over at x = `change` of 64 points.
ScoreGrid ChangeAt(float change) {
  ScoreGrid grid{64, 64, 2, {}};
  for (int i = 0; i < 64 * 64; ++i) {
    const float right = 0.2f + 0.05f / (1 + std::exp((change - static_cast<float>(i % 64)) / 2));
    grid.values.insert(grid.values.end(), {0.45f - right, right});
  }
  return grid;
}

double ShareRightOf(const LabelMap& map, int edge) {
  int64_t right = 0;
  for (size_t i = 0; i < map.labels.size(); ++i) {
    right += map.labels[i] == (static_cast<int>(i) % map.width >= edge ? 1 : 0);
  }
  return static_cast<double>(right) / static_cast<double>(map.labels.size());
}

TEST(RefineScores, IsWhatThePaperSays) {
  const testing::Golden golden(PIXELCLIP_TEST_DATA "/options/refinement.safetensors");
  const std::vector<int64_t>& shape = golden.Shape("scores");
  const int height = static_cast<int>(shape[0]), width = static_cast<int>(shape[1]);
  Image picture{width, height, {}};
  for (const float value : golden.Values("picture")) picture.pixels.push_back(static_cast<uint8_t>(value));
  const ScoreGrid grid{height, width, 3, golden.Values("scores")};
  const RefinedScores refined = RefineScores(grid, LabelRule(Words({"a", "b", "c"})), picture, 4);
  EXPECT_EQ(refined.labels, (std::vector<uint16_t>{0, 1, 2}));
  EXPECT_LE(testing::RelativeError(refined.scores.values, golden.Values("refined")), 1e-5);
}

TEST(RefineScores, DrawsLabelsToAnEdge) {
  const int width = 200, height = 120, edge = 100;
  const Image picture = TwoHalves(width, height, edge);
  const ScoreGrid grid = ChangeAt(36);  // at pixel 114
  const auto before = LabelPicture(grid, Words({"dark", "bright"}), width, height, {});
  const Image guide = MakeRefinementGuide(picture);
  const auto after = LabelPicture(grid, Words({"dark", "bright"}), width, height, {true, {}, 10}, &guide);
  ASSERT_TRUE(after.ok()) << after.status();
  EXPECT_LT(ShareRightOf(before->labels, edge), 0.95);
  EXPECT_GT(ShareRightOf(after->labels, edge), ShareRightOf(before->labels, edge) + 0.02);
  // The summary is of the refined labels, the scores are the old ones.
  EXPECT_EQ(after->classes[0].pixels,
            std::count(after->labels.labels.begin(), after->labels.labels.end(), 0));
  EXPECT_EQ(after->classes[0].pixels + after->classes[1].pixels, width * height);
  EXPECT_GE(after->best_scores->min_score, 0.2f);
}

TEST(RefineScores, KeepsBackgroundsApart) {
  EmbeddedVocabulary vocabulary = Words({"dark", "bright"});
  vocabulary.background = Background{"none", {}, 0.23f, std::nullopt};
  const Image picture = TwoHalves(90, 60, 45);
  const auto result = LabelPicture(ChangeAt(32), vocabulary, 90, 60, {false, {}, 10}, &picture);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_GT(result->classes[0].pixels, 0);
  EXPECT_GT(result->classes[1].pixels, 0);
  EXPECT_TRUE(result->classes[2].is_background);
}

TEST(RefineScores, OneLabelStays) {
  ScoreGrid grid{1, 1, 2, {0.1f, 0.2f}};
  const Image picture = TwoHalves(7, 3, 3);
  const auto result = LabelPicture(grid, Words({"dark", "bright"}), 7, 3, {false, {}, 10}, &picture);
  EXPECT_EQ(result->labels.labels, std::vector<uint16_t>(21, 1));
}

TEST(RefineScores, LooksAtNoMoreThanItsLimits) {
  const Image guide = MakeRefinementGuide(TwoHalves(2000, 1500, 300));
  EXPECT_LE(int64_t{guide.width} * guide.height, kMaxGuidePixels);
  EXPECT_GE(int64_t{guide.width} * guide.height, kMaxGuidePixels * 95 / 100);
  EXPECT_NEAR(static_cast<double>(guide.width) / guide.height, 4.0 / 3, 0.02);
  EXPECT_EQ(MakeRefinementGuide(TwoHalves(1, 9000, 1)).height, 9000);

  // As many labels as points.
  const int side = 20, labels = side * side;
  ScoreGrid grid{side, side, labels, std::vector<float>(size_t{1} * labels * labels)};
  std::vector<std::string> names;
  for (int k = 0; k < labels; ++k) {
    grid.values[size_t{1} * k * labels + k] = 1;
    names.push_back(std::to_string(k));
  }
  const RefinedScores refined = RefineScores(grid, LabelRule(Words(names)), TwoHalves(400, 400, 9), 1);
  EXPECT_LE(static_cast<int64_t>(refined.scores.values.size()), kMaxRefinedValues);
  EXPECT_GT(refined.labels.size(), 300u);
}

TEST(RefineScores, TakesThinPictures) {
  for (const auto& [width, height] : {std::pair(1, 1), {1, 50}, {50, 1}, {3, 2}}) {
    const Image picture = TwoHalves(width, height, 1);
    const auto result =
        LabelPicture(ChangeAt(32), Words({"dark", "bright"}), width, height, {false, {}, 50}, &picture);
    EXPECT_EQ(result->labels.labels.size(), static_cast<size_t>(width * height));
  }
}

}  // namespace
}  // namespace pixelclip
