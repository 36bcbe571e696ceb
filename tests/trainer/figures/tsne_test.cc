#include "trainer/figures/tsne.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

namespace pixelclip {
namespace {

using ::testing::HasSubstr;

constexpr int kWidth = 20;
constexpr int kClusters = 4;
constexpr int kPerCluster = 40;

// Points around centres that are far from each other; cluster i % kClusters.
std::vector<float> SeparatedClusters() {
  std::mt19937_64 random(3);
  const auto number = [&random] { return static_cast<float>(random() % 2001) / 1000 - 1; };
  std::vector<float> centers(kClusters * kWidth);
  for (float& value : centers) value = 8 * number();
  std::vector<float> rows;
  for (int i = 0; i < kClusters * kPerCluster; ++i) {
    for (int d = 0; d < kWidth; ++d) rows.push_back(centers[i % kClusters * kWidth + d] + number());
  }
  return rows;
}

double Distance(const Point2& a, const Point2& b) { return std::hypot(a.x - b.x, a.y - b.y); }

TEST(Tsne, KeepsSeparatedClustersApart) {
  const auto points = Tsne(SeparatedClusters(), kWidth, {});
  ASSERT_TRUE(points.ok()) << points.status();
  ASSERT_EQ(points->size(), size_t{kClusters * kPerCluster});
  double farthest_within = 0, nearest_between = std::numeric_limits<double>::infinity();
  for (size_t i = 0; i < points->size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      const double distance = Distance((*points)[i], (*points)[j]);
      if (i % kClusters == j % kClusters) {
        farthest_within = std::max(farthest_within, distance);
      } else {
        nearest_between = std::min(nearest_between, distance);
      }
    }
  }
  EXPECT_GT(nearest_between, farthest_within);
}

TEST(Tsne, KeepsNeighboursOnARing) {
  constexpr int kPoints = 60;
  std::vector<float> rows;
  for (int i = 0; i < kPoints; ++i) {
    rows.push_back(static_cast<float>(std::cos(2 * M_PI * i / kPoints)));
    rows.push_back(static_cast<float>(std::sin(2 * M_PI * i / kPoints)));
  }
  TsneOptions options;
  options.perplexity = 5;
  const auto points = Tsne(rows, 2, options);
  ASSERT_TRUE(points.ok()) << points.status();
  int kept = 0;
  for (int i = 0; i < kPoints; ++i) {
    int nearest = -1;
    for (int j = 0; j < kPoints; ++j) {
      if (j == i) continue;
      if (nearest < 0 || Distance((*points)[i], (*points)[j]) < Distance((*points)[i], (*points)[nearest])) {
        nearest = j;
      }
    }
    const int steps = std::abs(nearest - i);
    if (steps <= 1 || steps == kPoints - 1) ++kept;
  }
  EXPECT_GE(kept, kPoints * 9 / 10);
}

TEST(Tsne, TheSeedDecides) {
  TsneOptions options;
  options.iterations = 50;
  const auto a = Tsne(SeparatedClusters(), kWidth, options);
  const auto b = Tsne(SeparatedClusters(), kWidth, options);
  ASSERT_TRUE(a.ok() && b.ok());
  for (size_t i = 0; i < a->size(); ++i) {
    EXPECT_EQ((*a)[i].x, (*b)[i].x);
    EXPECT_EQ((*a)[i].y, (*b)[i].y);
  }
}

TEST(Tsne, TakesEqualPointsAndPairs) {
  for (const int count : {2, 3, 40}) {
    const auto points = Tsne(std::vector<float>(count * 3, 0.5f), 3, {});
    ASSERT_TRUE(points.ok()) << points.status();
    for (const Point2& point : *points)
      EXPECT_TRUE(std::isfinite(point.x) && std::isfinite(point.y)) << count;
  }
}

TEST(Tsne, RefusesWhatItCannotMap) {
  EXPECT_THAT(std::string(Tsne({1, 2}, 2, {}).status().message()), HasSubstr("1 points"));
  EXPECT_THAT(std::string(Tsne(std::vector<float>(2001), 1, {}).status().message()), HasSubstr("2 to 2000"));
  EXPECT_THAT(std::string(Tsne({1, 2, NAN}, 1, {}).status().message()), HasSubstr("not finite"));
  TsneOptions options;
  options.perplexity = 0;
  EXPECT_THAT(std::string(Tsne({1, 2, 3}, 1, options).status().message()), HasSubstr("perplexity 0"));
}

}  // namespace
}  // namespace pixelclip
