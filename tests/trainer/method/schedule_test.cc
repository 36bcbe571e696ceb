#include "trainer/method/schedule.h"

#include <gtest/gtest.h>

namespace pixelclip {
namespace {

TEST(ScheduleTest, FallsFromOneToItsEndAlongACosine) {
  EXPECT_DOUBLE_EQ(CosineSchedule(0, 10000, 0.5), 1);
  EXPECT_DOUBLE_EQ(CosineSchedule(5000, 10000, 0.5), 0.75);
  EXPECT_NEAR(CosineSchedule(2500, 10000, 0.5), 0.5 + 0.25 * (1 + std::sqrt(0.5)), 1e-12);
  EXPECT_DOUBLE_EQ(CosineSchedule(10000, 10000, 0.5), 0.5);
  EXPECT_DOUBLE_EQ(CosineSchedule(20000, 10000, 0.5), 0.5);
}

}  // namespace
}  // namespace pixelclip
