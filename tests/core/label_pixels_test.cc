#include "core/label_pixels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include "core/bilinear.h"

namespace pixelclip {
namespace {

// Every score of every pixel, each step rounded as core/bilinear.h says: [height, width, candidates].
std::vector<float> AllScores(const ScoreGrid& grid, int width, int height) {
  const std::vector<BilinearTap> columns = BilinearTaps(grid.width, width);
  std::vector<float> all;
  all.reserve(size_t{1} * width * height * grid.candidates);
  for (const BilinearTap& row : BilinearTaps(grid.height, height)) {
    for (const BilinearTap& column : columns) {
      for (int k = 0; k < grid.candidates; ++k) {
        const auto at = [&](int y, int x) {
          return grid.values[(size_t{1} * y * grid.width + x) * grid.candidates + k];
        };
        all.push_back(Interpolate(
            Interpolate(at(row.low, column.low), at(row.low, column.high), column.weight),
            Interpolate(at(row.high, column.low), at(row.high, column.high), column.weight), row.weight));
      }
    }
  }
  return all;
}

ScoreGrid RandomGrid(int height, int width, int candidates, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> cosine(-0.2f, 0.4f);
  ScoreGrid grid{height, width, candidates, std::vector<float>(size_t{1} * height * width * candidates)};
  for (float& value : grid.values) value = cosine(random);
  return grid;
}

void ExpectArgmax(const ScoreGrid& grid, int width, int height) {
  const std::vector<float> all = AllScores(grid, width, height);
  const PixelLabels pixels = LabelPixels(grid, width, height);
  ASSERT_EQ(pixels.labels.width, width);
  ASSERT_EQ(pixels.labels.height, height);
  ASSERT_EQ(pixels.labels.labels.size() * grid.candidates, all.size());
  for (size_t i = 0; i < pixels.scores.size(); ++i) {
    const float* scores = all.data() + i * grid.candidates;
    const float* best = std::max_element(scores, scores + grid.candidates);  // the first of equals
    ASSERT_EQ(pixels.labels.labels[i], best - scores) << "pixel " << i << " of " << width << "x" << height;
    ASSERT_EQ(pixels.scores[i], *best);
  }
}

struct Case {
  int grid_height, grid_width, candidates, width, height;
};

class LabelPixelsTest : public testing::TestWithParam<Case> {};

TEST_P(LabelPixelsTest, IsTheArgmaxOfTheUpsampledScores) {
  const Case& c = GetParam();
  ExpectArgmax(RandomGrid(c.grid_height, c.grid_width, c.candidates, 7), c.width, c.height);
}

INSTANTIATE_TEST_SUITE_P(Sizes, LabelPixelsTest,
                         testing::Values(Case{64, 64, 8, 90, 120}, Case{64, 64, 150, 200, 130},
                                         Case{64, 64, 3, 17, 9}, Case{2, 3, 5, 31, 8}, Case{1, 1, 4, 5, 5},
                                         Case{64, 64, 1, 64, 64}, Case{64, 64, 2, 1, 1},
                                         Case{64, 64, 900, 70, 40}, Case{64, 64, 17, 1, 300},
                                         Case{64, 64, 16, 300, 1}, Case{64, 64, 2, 4096, 3},
                                         Case{64, 64, 2, 3, 4097}, Case{3, 3, 40, 33, 1000}));

// Scores that are the same in many candidates or points, or differ by a rounding only: ties, and what might
// become one.
ScoreGrid NearlyEqualGrid(int height, int width, int candidates, std::mt19937& random) {
  ScoreGrid grid{height, width, candidates, std::vector<float>(size_t{1} * height * width * candidates)};
  const float levels[] = {0.25f, 0.1f, 0.3f, -0.2f};
  const float base = levels[random() % 4];
  for (float& value : grid.values) {
    value = random() % 8 == 0 ? levels[random() % 4] : base;
    for (unsigned steps = random() % 3; steps > 0; --steps) value = std::nextafter(value, 1.0f);
  }
  return grid;
}

TEST(LabelPixels, IsExactForManyShapesAndTies) {
  std::mt19937 random(3);
  const auto draw = [&](int low, int high) { return low + static_cast<int>(random() % (high - low + 1)); };
  for (int i = 0; i < 60; ++i) {
    const int side = i % 3 == 0 ? 64 : draw(1, 12), candidates = draw(1, 40);
    const int width = draw(1, 150), height = draw(1, 100);
    const ScoreGrid grid = i % 2 == 0 ? NearlyEqualGrid(side, draw(1, 64), candidates, random)
                                      : RandomGrid(side, draw(1, 64), candidates, random());
    ExpectArgmax(grid, width, height);
  }
}

// The margin of the pruning has the size of the scores.
TEST(LabelPixels, IsExactForScoresOfAnySize) {
  std::mt19937 random(4);
  for (const float size : {1e-44f, 1e-38f, 1e-20f, 1e-3f, 100.0f, 1e20f, 1e37f}) {
    for (ScoreGrid grid : {NearlyEqualGrid(5, 6, 9, random), RandomGrid(5, 6, 9, 1)}) {
      for (float& value : grid.values) value *= size;
      ExpectArgmax(grid, 50, 60);
    }
  }
}

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
  ASSERT_EQ(third.size() * 4, all.size());
  for (size_t i = 0; i < third.size(); ++i) EXPECT_EQ(third[i], all[4 * i + 2]);
}

}  // namespace
}  // namespace pixelclip
