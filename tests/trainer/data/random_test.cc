#include "trainer/data/random.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace pixelclip {
namespace {

using ::testing::AllOf;
using ::testing::DoubleNear;
using ::testing::Ge;
using ::testing::Lt;

TEST(RandomTest, MixBitsIsSplitMix64) {
  // The first number of the reference generator with state 0.
  EXPECT_EQ(MixBits(0x9e3779b97f4a7c15), 0xe220a8397b1dcdafu);
}

TEST(RandomTest, SeedAndStreamAloneDecide) {
  Random one(7, 3), same(7, 3), other_seed(8, 3), other_stream(7, 4);
  const uint64_t first = one.Bits();
  EXPECT_EQ(first, same.Bits());
  EXPECT_NE(first, other_seed.Bits());
  EXPECT_NE(first, other_stream.Bits());
  EXPECT_NE(first, one.Bits());
}

TEST(RandomTest, UniformFillsItsInterval) {
  Random random(1, 0);
  double sum = 0;
  for (int i = 0; i < 10000; ++i) {
    const double value = random.Uniform(-2, 6);
    ASSERT_THAT(value, AllOf(Ge(-2), Lt(6)));
    sum += value;
  }
  EXPECT_THAT(sum / 10000, DoubleNear(2, 0.1));
}

TEST(RandomTest, IntegerReachesBothEnds) {
  Random random(2, 0);
  std::set<int> seen;
  for (int i = 0; i < 200; ++i) seen.insert(random.Integer(-2, 2));
  EXPECT_EQ(seen, (std::set<int>{-2, -1, 0, 1, 2}));
  EXPECT_EQ(random.Integer(5, 5), 5);
}

TEST(RandomTest, ChanceKnowsNeverAndAlways) {
  Random random(3, 0);
  int heads = 0;
  for (int i = 0; i < 1000; ++i) {
    EXPECT_FALSE(random.Chance(0));
    EXPECT_TRUE(random.Chance(1));
    heads += random.Chance(0.2) ? 1 : 0;
  }
  EXPECT_NEAR(heads, 200, 50);
}

}  // namespace
}  // namespace pixelclip
