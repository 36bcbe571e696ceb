#include "trainer/figures/line_chart.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

namespace pixelclip {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Ticks, AreRound) {
  EXPECT_THAT(Ticks(0, 10, 5), ElementsAre(0, 2, 4, 6, 8, 10));
  EXPECT_THAT(Ticks(0.61, 0.83, 5), ElementsAre(DoubleNear(0.65, 1e-12), DoubleNear(0.7, 1e-12),
                                                DoubleNear(0.75, 1e-12), DoubleNear(0.8, 1e-12)));
  EXPECT_THAT(Ticks(-1, 1, 4), ElementsAre(-1, -0.5, 0, 0.5, 1));
}

TEST(TrailingMean, GrowsToItsWindow) {
  EXPECT_THAT(TrailingMean({1, 3, 5, 7}, 2), ElementsAre(1, 2, 4, 6));
  EXPECT_THAT(TrailingMean({1, 3}, 1), ElementsAre(1, 3));
}

TEST(DrawLineChart, DrawsOnePointAndAConstant) {
  const auto chart = DrawLineChart({"step", "loss", {{"a", {1}, {0.5}}, {"b", {1}, {0.5}}}, "Losses."});
  ASSERT_TRUE(chart.ok()) << chart.status();
  EXPECT_EQ(chart->pixels.size(), size_t{3} * chart->width * chart->height);
}

TEST(DrawLineChart, RefusesWhatItCannotDraw) {
  EXPECT_THAT(std::string(DrawLineChart({"x", "y", {}, ""}).status().message()), HasSubstr("0 series"));
  EXPECT_THAT(std::string(DrawLineChart({"x", "y", {{"a", {1}, {NAN}}}, ""}).status().message()),
              HasSubstr("point 0 is not finite"));
}

}  // namespace
}  // namespace pixelclip
