#include "client/load/histogram.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace pixelclip {
namespace {

TEST(HistogramTest, IsAllZeroWhileEmpty) {
  const Histogram empty;
  EXPECT_EQ(empty.count(), 0);
  EXPECT_EQ(empty.mean(), 0);
  EXPECT_EQ(empty.Quantile(0.5), 0);
  EXPECT_TRUE(empty.Buckets().empty());
}

TEST(HistogramTest, QuantilesAreWithinFourThousandthsOfTheExactOnes) {
  std::mt19937 random(1);
  // From a microsecond to a minute and more.
  std::lognormal_distribution<double> latency(std::log(0.01), 2.5);
  Histogram histogram;
  std::vector<double> exact;
  for (int i = 0; i < 20000; ++i) {
    exact.push_back(latency(random));
    histogram.Add(exact.back());
  }
  std::sort(exact.begin(), exact.end());
  for (const double share : {0.001, 0.1, 0.5, 0.9, 0.95, 0.99, 0.999, 0.9999}) {
    const double expected = exact[std::lround(std::ceil(share * exact.size())) - 1];
    EXPECT_NEAR(histogram.Quantile(share), expected, 0.004 * expected) << share;
  }
  EXPECT_EQ(histogram.Quantile(1), exact.back());
  EXPECT_EQ(histogram.min(), exact.front());
  EXPECT_EQ(histogram.max(), exact.back());
}

TEST(HistogramTest, EveryBucketsErrorIsSmall) {
  for (double seconds = 1e-9; seconds < 1e9; seconds *= 1.003) {
    Histogram histogram;
    histogram.Add(seconds);
    histogram.Add(1e9);  // the lower of both would otherwise be clamped to the exact value
    histogram.Add(0);
    EXPECT_NEAR(histogram.Quantile(0.5), seconds, 0.004 * seconds + 1e-9) << seconds;
  }
}

TEST(HistogramTest, TakesTheRankThatTheShareNames) {
  Histogram histogram;
  for (const double seconds : {0.3, 0.1, 0.2, 0.4}) histogram.Add(seconds);
  EXPECT_NEAR(histogram.Quantile(0), 0.1, 0.0004);
  EXPECT_NEAR(histogram.Quantile(0.25), 0.1, 0.0004);
  EXPECT_NEAR(histogram.Quantile(0.26), 0.2, 0.0008);
  EXPECT_NEAR(histogram.Quantile(0.5), 0.2, 0.0008);
  EXPECT_EQ(histogram.Quantile(0.76), 0.4);
  EXPECT_DOUBLE_EQ(histogram.mean(), 0.25);
}

TEST(HistogramTest, BucketsHoldEverythingInOrder) {
  Histogram histogram;
  for (const double seconds : {0.5, 0.001, 0.001, 0.0}) histogram.Add(seconds);
  const std::vector<Histogram::Bucket> buckets = histogram.Buckets();
  ASSERT_EQ(buckets.size(), 3);
  EXPECT_EQ(buckets[0].count, 1);
  EXPECT_EQ(buckets[1].count, 2);
  EXPECT_GT(buckets[1].upper_seconds, 0.001);
  EXPECT_LT(buckets[1].upper_seconds, 0.00101);
  EXPECT_GT(buckets[2].upper_seconds, 0.5);
}

TEST(HistogramTest, TakesWhatIsNoDuration) {
  Histogram histogram;
  const double infinity = std::numeric_limits<double>::infinity();
  for (const double seconds : {-1.0, -infinity, std::nan(""), infinity, 1e300}) histogram.Add(seconds);
  EXPECT_EQ(histogram.count(), 5);
  EXPECT_EQ(histogram.min(), 0);
  EXPECT_EQ(histogram.Quantile(0.6), 0);
  EXPECT_GT(histogram.max(), 1e9);
  EXPECT_TRUE(std::isfinite(histogram.mean()));
}

}  // namespace
}  // namespace pixelclip
