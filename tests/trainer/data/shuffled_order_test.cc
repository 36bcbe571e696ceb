#include "trainer/data/shuffled_order.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace pixelclip {
namespace {

std::vector<size_t> Epoch(const ShuffledOrder& order, size_t size, int64_t epoch) {
  std::vector<size_t> numbers;
  for (size_t i = 0; i < size; ++i) numbers.push_back(order[epoch * static_cast<int64_t>(size) + i]);
  return numbers;
}

TEST(ShuffledOrderTest, EachEpochHoldsEveryNumberOnce) {
  for (const size_t size : {1, 2, 3, 4, 5, 16, 17, 1000}) {
    const ShuffledOrder order(9, size);
    for (int64_t epoch = 0; epoch < 4; ++epoch) {
      const std::vector<size_t> numbers = Epoch(order, size, epoch);
      const std::set<size_t> different(numbers.begin(), numbers.end());
      EXPECT_EQ(different.size(), size);
      EXPECT_EQ(*different.rbegin(), size - 1);
    }
  }
}

TEST(ShuffledOrderTest, EpochsAndSeedsDiffer) {
  const ShuffledOrder order(9, 100), same(9, 100), other(10, 100);
  EXPECT_EQ(Epoch(order, 100, 3), Epoch(same, 100, 3));
  EXPECT_NE(Epoch(order, 100, 3), Epoch(order, 100, 4));
  EXPECT_NE(Epoch(order, 100, 3), Epoch(other, 100, 3));
}

TEST(ShuffledOrderTest, EveryNumberIsAsLikelyAnywhere) {
  constexpr int kSize = 5, kEpochs = 5000;
  const ShuffledOrder order(1, kSize);
  int counts[kSize][kSize] = {};
  for (int epoch = 0; epoch < kEpochs; ++epoch) {
    for (int place = 0; place < kSize; ++place) ++counts[place][order[int64_t{epoch} * kSize + place]];
  }
  for (const auto& row : counts) {
    for (const int count : row) EXPECT_NEAR(count, kEpochs / kSize, 150);
  }
}

TEST(ShuffledOrderTest, HugeSetsCostNothing) {
  const ShuffledOrder order(1, size_t{1} << 40);
  EXPECT_LT(order[int64_t{1} << 50], size_t{1} << 40);
}

}  // namespace
}  // namespace pixelclip
