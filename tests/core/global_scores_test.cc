#include "core/global_scores.h"

#include <gtest/gtest.h>

#include <vector>

namespace pixelclip {
namespace {

// Scores of one candidate that grow by `step` from point to point of a row.
ScoreGrid Ramp(int side, float step) {
  ScoreGrid grid{side, side, 1, {}};
  for (int i = 0; i < side * side; ++i) grid.values.push_back(step * static_cast<float>(i % side));
  return grid;
}

TEST(MixInGlobalScores, IsTheSameWhereTheTileIsTheWhole) {
  ScoreGrid scores = Ramp(8, 0.1f);
  const Box whole = {0, 0, 300, 200};
  MixInGlobalScores(Ramp(8, 0.1f), 300, 200, {whole, whole}, 0.7f, &scores);
  const ScoreGrid expected = Ramp(8, 0.1f);
  for (size_t i = 0; i < expected.values.size(); ++i) EXPECT_NEAR(scores.values[i], expected.values[i], 1e-6);
}

TEST(MixInGlobalScores, TakesThePartThatTheTileSees) {
  // The whole's point x is at pixel 10 * x + 5 of 80; the tile sees pixels 20 to 60, at 22.5, 27.5, ...
  ScoreGrid scores{8, 8, 1, std::vector<float>(64, 2.0f)};
  const Box window = {20, 20, 40, 40};
  MixInGlobalScores(Ramp(8, 1), 80, 80, {window, window}, 0.25f, &scores);
  for (int x = 0; x < 8; ++x) {
    const double global = (22.5 + 5 * x) / 10 - 0.5;
    EXPECT_NEAR(scores.values[3 * 8 + x], 0.75 * 2 + 0.25 * global, 1e-6) << x;
  }
}

TEST(NeedsGlobalScores, OnlyForSeveralTilesAndAWeight) {
  EXPECT_TRUE(NeedsGlobalScores({0, 0, 0.5f}, 2));
  EXPECT_FALSE(NeedsGlobalScores({0, 0, 0.5f}, 1));
  EXPECT_FALSE(NeedsGlobalScores({0, 0, 0}, 2));
}

}  // namespace
}  // namespace pixelclip
