#include "server/byte_budget.h"

#include <gtest/gtest.h>

#include "server/retry_after.h"

namespace pixelclip {
namespace {

TEST(ByteBudget, GivesBackWhatItHeld) {
  ByteBudget budget(100);
  {
    ByteBudget::Hold hold(&budget);
    EXPECT_TRUE(hold.Grow(60).ok());
    EXPECT_TRUE(hold.Grow(40).ok());
    EXPECT_EQ(budget.held(), 100u);
  }
  EXPECT_EQ(budget.held(), 0u);
}

TEST(ByteBudget, SaysWhetherToComeAgain) {
  ByteBudget budget(100);
  ByteBudget::Hold first(&budget), second(&budget);
  ASSERT_TRUE(first.Grow(90).ok());
  const absl::Status busy = second.Grow(20);
  EXPECT_TRUE(absl::IsResourceExhausted(busy));
  EXPECT_GT(*RetryAfterMillis(busy), 0);
  const absl::Status hopeless = second.Grow(101);
  EXPECT_TRUE(absl::IsResourceExhausted(hopeless));
  EXPECT_EQ(RetryAfterMillis(hopeless), -1);
  EXPECT_TRUE(second.Grow(10).ok());  // what failed took nothing
}

}  // namespace
}  // namespace pixelclip
