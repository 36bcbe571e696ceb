#include "client/load/arrivals.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace pixelclip {
namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();

std::vector<double> Take(Arrivals& arrivals, int count) {
  std::vector<double> times;
  for (int i = 0; i < count; ++i) {
    times.push_back(arrivals.NextDue());
    arrivals.Sent();
  }
  return times;
}

TEST(ArrivalsTest, ACallerWaitsForItsAnswer) {
  ClosedLoop arrivals(2);
  EXPECT_EQ(Take(arrivals, 2), (std::vector<double>{0, 0}));
  EXPECT_EQ(arrivals.NextDue(), kNever);
  arrivals.Answered(1.5);
  EXPECT_EQ(arrivals.NextDue(), 1.5);
  arrivals.Answered(2.5);
  EXPECT_EQ(Take(arrivals, 2), (std::vector<double>{1.5, 2.5}));
  EXPECT_EQ(arrivals.NextDue(), kNever);
}

TEST(ArrivalsTest, AConstantRateDoesNotDrift) {
  const auto arrivals = OpenLoop::Constant(30);
  arrivals->Answered(100);  // has no influence
  const std::vector<double> times = Take(*arrivals, 30001);
  EXPECT_EQ(times[0], 0);
  EXPECT_DOUBLE_EQ(times[1], 1.0 / 30);
  EXPECT_DOUBLE_EQ(times[30000], 1000);
}

TEST(ArrivalsTest, PoissonPausesAreExponential) {
  constexpr double kRate = 50;
  constexpr int kCalls = 100000;
  const auto arrivals = OpenLoop::Poisson(kRate, 1);
  const std::vector<double> times = Take(*arrivals, kCalls);
  double squares = 0;
  int longer_than_the_mean = 0;
  for (int i = 0; i < kCalls; ++i) {
    const double pause = times[i] - (i == 0 ? 0 : times[i - 1]);
    ASSERT_GE(pause, 0);
    squares += pause * pause;
    if (pause > 1 / kRate) ++longer_than_the_mean;
  }
  EXPECT_NEAR(times.back() / kCalls * kRate, 1, 0.02);
  EXPECT_NEAR(squares / kCalls * kRate * kRate, 2, 0.1);
  EXPECT_NEAR(static_cast<double>(longer_than_the_mean) / kCalls, std::exp(-1), 0.01);
}

TEST(ArrivalsTest, TheSeedDecides) {
  EXPECT_EQ(Take(*OpenLoop::Poisson(5, 7), 20), Take(*OpenLoop::Poisson(5, 7), 20));
  EXPECT_NE(Take(*OpenLoop::Poisson(5, 7), 20), Take(*OpenLoop::Poisson(5, 8), 20));
}

}  // namespace
}  // namespace pixelclip
