#include "core/label_rule.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "core/label_picture.h"

namespace pixelclip {
namespace {

ScoreGrid RandomGrid(int side, int candidates, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> cosine(0.1f, 0.3f);
  ScoreGrid grid{side, side, candidates, std::vector<float>(size_t{1} * side * side * candidates)};
  for (float& value : grid.values) value = cosine(random);
  return grid;
}

// "cat" and "sky" with two and three synonyms, and a word of the background.
EmbeddedVocabulary Competing() {
  return {{"cat", "sky"}, Background{"none", {"wall"}, std::nullopt, std::nullopt}, {}, {0, 0, 1, 1, 1, 2}};
}

TEST(LabelRule, TheBestSynonymAtAPixelSpeaksForItsClass) {
  const ScoreGrid grid = RandomGrid(5, 6, 1);
  const EmbeddedVocabulary vocabulary = Competing();
  const auto result = LabelPicture(grid, vocabulary, 40, 30, {true, {"cat", "sky"}});
  ASSERT_TRUE(result.ok()) << result.status();
  ASSERT_EQ(result->classes.size(), 3u);
  const LabelRule rule(vocabulary);
  EXPECT_EQ(rule.count(), 3);
  const Box whole = {0, 0, 40, 30};
  std::vector<std::vector<float>> rows;
  for (int k = 0; k < 6; ++k) rows.push_back(UpsampleScores(grid, k, 40, 30));
  const std::vector<float> cat = rule.ClassScores(grid, 0, 40, 30, whole);
  const std::vector<float> sky = rule.ClassScores(grid, 1, 40, 30, whole);
  for (int i = 0; i < 40 * 30; ++i) {
    EXPECT_EQ(cat[i], std::max(rows[0][i], rows[1][i]));
    EXPECT_EQ(sky[i], std::max({rows[2][i], rows[3][i], rows[4][i]}));
    const float best = std::max({cat[i], sky[i], rows[5][i]});
    const int expected = best == cat[i] ? 0 : best == sky[i] ? 1 : 2;
    ASSERT_EQ(result->labels.labels[i], expected) << "pixel " << i;
  }
  EXPECT_FLOAT_EQ(result->score_maps[1].max_score, *std::max_element(sky.begin(), sky.end()));
}

TEST(LabelRule, AThresholdOfProbabilitiesIsSoftmaxOverAllRows) {
  const int side = 8;
  const ScoreGrid grid = RandomGrid(side, 6, 2);
  EmbeddedVocabulary vocabulary = Competing();
  vocabulary.background->score_threshold = 0.5f;
  vocabulary.background->softmax_scale = 40;
  // At the grid's own size nothing is upsampled, and the probabilities are exact.
  const auto result = LabelPicture(grid, vocabulary, side, side, {});
  ASSERT_TRUE(result.ok()) << result.status();
  int background = 0;
  for (int i = 0; i < side * side; ++i) {
    const float* scores = grid.values.data() + 6 * i;
    const int best = static_cast<int>(std::max_element(scores, scores + 6) - scores);
    double sum = 0;
    for (int k = 0; k < 6; ++k) sum += std::exp(40.0 * (scores[k] - scores[best]));
    const bool is_background = best == 5 || 1 / sum < 0.5;
    background += is_background;
    EXPECT_EQ(result->labels.labels[i] == 2, is_background) << "point " << i;
  }
  EXPECT_GT(background, 0);
  EXPECT_LT(background, side * side);
  vocabulary.background->score_threshold = 0;
  EXPECT_LT(LabelPicture(grid, vocabulary, side, side, {})->classes[2].pixels, background);
  vocabulary.background->score_threshold = 1;
  EXPECT_EQ(LabelPicture(grid, vocabulary, side, side, {})->classes[2].pixels, side * side);
}

TEST(LabelRule, WithoutSynonymsRowsAreClassesAndThenTheBackground) {
  const EmbeddedVocabulary vocabulary = {
      {"cat", "sky"}, Background{"none", {"wall", "floor"}, std::nullopt, std::nullopt}, {}, {}};
  EXPECT_EQ(vocabulary.LabelOfRow(1), 1);
  EXPECT_EQ(vocabulary.LabelOfRow(2), 2);
  EXPECT_EQ(vocabulary.LabelOfRow(3), 2);
  EXPECT_EQ(LabelRule(vocabulary).background_label(), 2);
  EXPECT_EQ(LabelRule({{"cat", "sky"}, std::nullopt, {}, {}}).count(), 2);
}

}  // namespace
}  // namespace pixelclip
