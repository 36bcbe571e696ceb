#include "core/label_pixels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace pixelclip {
namespace {

// Every score of every pixel, written as the definition of bilinear interpolation says.
std::vector<float> AllScores(const ScoreGrid& grid, int width, int height) {
  std::vector<float> all;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const double sy = std::max(0.0, (y + 0.5) * grid.height / height - 0.5);
      const double sx = std::max(0.0, (x + 0.5) * grid.width / width - 0.5);
      const int y0 = static_cast<int>(sy), x0 = static_cast<int>(sx);
      const int y1 = std::min(y0 + 1, grid.height - 1), x1 = std::min(x0 + 1, grid.width - 1);
      const double wy = sy - y0, wx = sx - x0;
      for (int k = 0; k < grid.candidates; ++k) {
        const auto at = [&](int gy, int gx) {
          return grid.values[(gy * grid.width + gx) * grid.candidates + k];
        };
        all.push_back(static_cast<float>((1 - wy) * ((1 - wx) * at(y0, x0) + wx * at(y0, x1)) +
                                         wy * ((1 - wx) * at(y1, x0) + wx * at(y1, x1))));
      }
    }
  }
  return all;
}

ScoreGrid RandomGrid(int height, int width, int candidates, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> cosine(-0.2f, 0.4f);
  ScoreGrid grid{height, width, candidates, std::vector<float>(height * width * candidates)};
  for (float& value : grid.values) value = cosine(random);
  return grid;
}

struct Case {
  int grid_height, grid_width, candidates, width, height;
};

class LabelPixelsTest : public testing::TestWithParam<Case> {};

TEST_P(LabelPixelsTest, IsTheArgmaxOfTheUpsampledScores) {
  const Case& c = GetParam();
  const ScoreGrid grid = RandomGrid(c.grid_height, c.grid_width, c.candidates, 7);
  const std::vector<float> all = AllScores(grid, c.width, c.height);
  const PixelLabels pixels = LabelPixels(grid, c.width, c.height);
  ASSERT_EQ(pixels.labels.labels.size(), static_cast<size_t>(c.width) * c.height);
  for (int i = 0; i < c.width * c.height; ++i) {
    const float* scores = all.data() + static_cast<size_t>(i) * c.candidates;
    const float best = *std::max_element(scores, scores + c.candidates);
    EXPECT_NEAR(pixels.scores[i], best, 1e-5);
    EXPECT_NEAR(scores[pixels.labels.labels[i]], best, 1e-5) << "pixel " << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, LabelPixelsTest,
                         testing::Values(Case{64, 64, 8, 90, 120}, Case{64, 64, 150, 200, 130},
                                         Case{64, 64, 3, 17, 9}, Case{2, 3, 5, 31, 8}, Case{1, 1, 4, 5, 5},
                                         Case{64, 64, 1, 64, 64}, Case{64, 64, 2, 1, 1}));

TEST(LabelPixels, OfEqualsTheLowestIndexWins) {
  const ScoreGrid grid{2, 2, 3, {0.1f, 0.5f, 0.5f, 0.1f, 0.5f, 0.5f, 0.1f, 0.5f, 0.5f, 0.1f, 0.5f, 0.5f}};
  EXPECT_THAT(LabelPixels(grid, 7, 5).labels.labels, testing::Each(1));
}

TEST(LabelPixels, SurvivesScoresThatAreNotNumbers) {
  ScoreGrid grid = RandomGrid(4, 4, 3, 1);
  std::fill(grid.values.begin(), grid.values.end(), std::nanf(""));
  EXPECT_EQ(LabelPixels(grid, 20, 20).labels.labels.size(), 400u);
}

// The rows of a part, as the whole has them.
TEST(LabelRows, PartsAgreeWithTheWhole) {
  constexpr int kWidth = 90, kHeight = 70;
  const ScoreGrid grid = RandomGrid(8, 9, 5, 11);
  const PixelLabels whole = LabelPixels(grid, kWidth, kHeight);
  const std::vector<float> second = UpsampleScores(grid, 1, kWidth, kHeight);
  for (const Box& part : {Box{0, 0, 90, 70}, Box{13, 7, 40, 50}, Box{89, 69, 1, 1}, Box{0, 30, 90, 1}}) {
    int next_y = part.y;
    LabelRows(grid, kWidth, kHeight, part, [&](int y, const uint16_t* labels, const float* scores) {
      EXPECT_EQ(y, next_y++);
      for (int x = 0; x < part.width; ++x) {
        const int pixel = y * kWidth + part.x + x;
        EXPECT_EQ(labels[x], whole.labels.labels[pixel]);
        EXPECT_EQ(scores[x], whole.scores[pixel]);
      }
    });
    EXPECT_EQ(next_y, part.y + part.height);
    const std::vector<float> of_part = UpsampleScores(grid, 1, kWidth, kHeight, part);
    ASSERT_EQ(of_part.size(), static_cast<size_t>(part.width) * part.height);
    for (int i = 0; i < part.width * part.height; ++i) {
      EXPECT_EQ(of_part[i], second[(part.y + i / part.width) * kWidth + part.x + i % part.width]);
    }
  }
}

TEST(UpsampleScores, GivesOneCandidate) {
  const ScoreGrid grid = RandomGrid(5, 6, 4, 3);
  const std::vector<float> all = AllScores(grid, 23, 19);
  const std::vector<float> third = UpsampleScores(grid, 2, 23, 19);
  for (size_t i = 0; i < third.size(); ++i) EXPECT_NEAR(third[i], all[4 * i + 2], 1e-5);
}

}  // namespace
}  // namespace pixelclip
