#include "trainer/evaluate/mask_scores.h"

#include <gmock/gmock.h>

#include "core/label_pixels.h"

namespace pixelclip {
namespace {

// Values without a pattern, always the same.
ScoreGrid SomeScores(int height, int width, int candidates) {
  ScoreGrid grid{height, width, candidates, {}};
  uint32_t state = 1;
  for (int i = 0; i < height * width * candidates; ++i) {
    state = state * 1664525 + 1013904223;
    grid.values.push_back(static_cast<float>(state >> 8) / (1 << 24));
  }
  return grid;
}

TEST(MaskScores, IsTheMeanOfTheResizedScores) {
  constexpr int kWidth = 23, kHeight = 17;
  const ScoreGrid grid = SomeScores(5, 4, 3);
  const RunMask mask = {{0, 3}, {40, 75}, {380, 391}};  // over columns' ends, and the last pixel
  MaskScores scores(grid, kWidth, kHeight);
  scores.Mean({{5, 6}});  // leaves nothing behind
  const std::vector<float> means = scores.Mean(mask);
  ASSERT_EQ(means.size(), 3u);
  for (int k = 0; k < 3; ++k) {
    const std::vector<float> resized = UpsampleScores(grid, k, kWidth, kHeight);
    double sum = 0;
    for (const PixelRun& run : mask) {
      for (uint32_t i = run.begin; i < run.end; ++i) sum += resized[i % kHeight * kWidth + i / kHeight];
    }
    EXPECT_NEAR(means[k], sum / AreaOf(mask), 1e-6) << "candidate " << k;
  }
}

}  // namespace
}  // namespace pixelclip
