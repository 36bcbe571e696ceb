#include "server/cost_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace pixelclip {
namespace {

using ::testing::DoubleNear;

constexpr InputShape kShape = {224, 224};

void Record(CostModel* costs, int items, double seconds, int times = 3) {
  for (int i = 0; i < times; ++i) costs->Record(kShape, 1, items, seconds);
}

TEST(CostModel, KnowsNothingAtFirst) {
  const BatchCost cost = CostModel().Of(kShape, 1);
  EXPECT_EQ(cost.BatchSeconds(8), 0);
  EXPECT_FALSE(cost.settled);
  EXPECT_FALSE(cost.compared);
  EXPECT_EQ(cost.EfficientBatch(16), 1);
  EXPECT_LE(cost.DelayThatPays(1), 0);
}

TEST(CostModel, OneSizeSaysNothingAboutTheCostOfABatch) {
  CostModel costs;
  Record(&costs, 4, 0.4, 2);
  EXPECT_FALSE(costs.Of(kShape, 1).settled);
  Record(&costs, 4, 0.4, 1);
  const BatchCost cost = costs.Of(kShape, 1);
  EXPECT_TRUE(cost.settled);
  EXPECT_FALSE(cost.compared);
  EXPECT_DOUBLE_EQ(cost.item_seconds, 0.1);
  EXPECT_EQ(cost.batch_seconds, 0);
}

TEST(CostModel, NeighbouringSizesAreNotCompared) {
  CostModel costs;
  Record(&costs, 7, 0.7);
  Record(&costs, 8, 0.7);
  EXPECT_FALSE(costs.Of(kShape, 1).compared);
}

TEST(CostModel, FindsTheLine) {
  CostModel costs;
  for (const int items : {1, 2, 5, 16}) Record(&costs, items, 0.002 * items + 0.010);
  const BatchCost cost = costs.Of(kShape, 1);
  EXPECT_TRUE(cost.compared);
  EXPECT_THAT(cost.item_seconds, DoubleNear(0.002, 1e-9));
  EXPECT_THAT(cost.batch_seconds, DoubleNear(0.010, 1e-9));
  EXPECT_EQ(costs.Of({336, 336}, 1).item_seconds, 0);
}

TEST(CostModel, OddRunsDoNotMoveTheLine) {
  CostModel costs;
  for (int i = 0; i < 15; ++i) {
    const double odd = i % 3 == 0 ? 20 : 1;
    costs.Record(kShape, 1, 1, 0.012 * odd);
    costs.Record(kShape, 1, 8, 0.026 * odd);
  }
  EXPECT_THAT(costs.Of(kShape, 1).item_seconds, DoubleNear(0.002, 1e-9));
  EXPECT_THAT(costs.Of(kShape, 1).batch_seconds, DoubleNear(0.010, 1e-9));
}

TEST(CostModel, FollowsAChange) {
  CostModel costs;
  Record(&costs, 1, 0.012, 100);
  Record(&costs, 8, 0.026, 100);
  Record(&costs, 1, 0.120, 15);
  Record(&costs, 8, 0.260, 15);
  EXPECT_THAT(costs.Of(kShape, 1).item_seconds, DoubleNear(0.020, 1e-9));
  EXPECT_THAT(costs.Of(kShape, 1).batch_seconds, DoubleNear(0.100, 1e-9));
}

TEST(CostModel, ForgetsSizesThatAreNotRun) {
  CostModel costs;
  Record(&costs, 1, 0.012);
  Record(&costs, 8, 0.026);
  Record(&costs, 1, 0.012, 1024);
  EXPECT_TRUE(costs.Of(kShape, 1).compared);
  Record(&costs, 1, 0.012, 1);
  EXPECT_FALSE(costs.Of(kShape, 1).compared);
}

TEST(CostModel, NeitherTermIsNegative) {
  CostModel rising;  // twice the items, more than twice the time
  Record(&rising, 1, 0.010);
  Record(&rising, 8, 0.100);
  EXPECT_EQ(rising.Of(kShape, 1).batch_seconds, 0);
  EXPECT_GT(rising.Of(kShape, 1).item_seconds, 0.010);

  CostModel falling;
  Record(&falling, 1, 0.100);
  Record(&falling, 8, 0.050);
  EXPECT_EQ(falling.Of(kShape, 1).item_seconds, 0);
  EXPECT_GT(falling.Of(kShape, 1).batch_seconds, 0.050);
}

TEST(CostModel, TriesLargerBatchesStepByStep) {
  CostModel costs;
  Record(&costs, 1, 0.012);
  EXPECT_EQ(costs.Of(kShape, 1).EfficientBatch(16), 2);
  Record(&costs, 2, 0.014);
  EXPECT_EQ(costs.Of(kShape, 1).EfficientBatch(16), 4);
  EXPECT_EQ(costs.Of(kShape, 1).EfficientBatch(3), 3);
  Record(&costs, 4, 0.018);
  EXPECT_EQ(costs.Of(kShape, 1).EfficientBatch(16), 8);
  Record(&costs, 8, 0.026);
  EXPECT_EQ(costs.Of(kShape, 1).EfficientBatch(16), 14);
}

TEST(CostModel, EachShareHasCostsOfItsOwn) {
  CostModel costs;
  for (int run = 0; run < 3; ++run) {
    costs.Record(kShape, 1, 4, 0.4);
    costs.Record(kShape, 4, 4, 1.2);
  }
  EXPECT_DOUBLE_EQ(costs.Of(kShape, 1).item_seconds, 0.1);
  EXPECT_DOUBLE_EQ(costs.Of(kShape, 4).item_seconds, 0.3);
}

TEST(CostModel, AnUntriedShareCostsWhatTheNextSmallerDoesButTriesSizesItself) {
  CostModel costs;
  for (int run = 0; run < 3; ++run) costs.Record(kShape, 2, 4, 0.4);
  costs.Record(kShape, 8, 1, 0.7);
  for (const int share : {1, 4, 8}) {
    const BatchCost cost = costs.Of(kShape, share);
    EXPECT_TRUE(cost.settled);
    EXPECT_DOUBLE_EQ(cost.item_seconds, 0.1);
    EXPECT_EQ(cost.EfficientBatch(16), 1);
  }
  EXPECT_EQ(costs.Of(kShape, 2).EfficientBatch(16), 8);
}

TEST(BatchCost, WorkIsCutIntoBatches) {
  const BatchCost cost = {0.001, 0.010, true, 32, true};
  EXPECT_DOUBLE_EQ(cost.WorkSeconds(0, 4), 0);
  EXPECT_DOUBLE_EQ(cost.WorkSeconds(4, 4), 0.014);
  EXPECT_DOUBLE_EQ(cost.WorkSeconds(9, 4), 0.039);
}

TEST(BatchCost, LargerBatchesOnlyWhereTheyHelp) {
  EXPECT_EQ((BatchCost{0.100, 0, true, 32, true}).EfficientBatch(16), 1);
  EXPECT_EQ((BatchCost{0.100, 0.001, true, 32, true}).EfficientBatch(16), 1);
  EXPECT_EQ((BatchCost{0.001, 0.010, true, 32, true}).EfficientBatch(16), 15);
  EXPECT_EQ((BatchCost{0, 0.010, true, 32, true}).EfficientBatch(16), 16);
  EXPECT_EQ((BatchCost{0, 0, true, 32, true}).EfficientBatch(1), 1);
}

TEST(BatchCost, TheEfficientBatchKeeps95PercentOfTheThroughput) {
  for (const double overhead : {0.01, 0.1, 0.5, 1.0, 3.0}) {
    const BatchCost cost = {1, overhead, true, 32, true};
    const auto throughput = [&](int items) { return items / cost.BatchSeconds(items); };
    const int efficient = cost.EfficientBatch(32);
    EXPECT_GE(throughput(efficient), 0.95 * throughput(32)) << overhead;
    if (efficient > 1) {
      EXPECT_LT(throughput(efficient - 1), 0.95 * throughput(32)) << overhead;
    }
  }
}

// Sum of the times at which `queued` tasks and one that comes after `gap` are done.
double SumOfLatencies(const BatchCost& cost, int queued, double gap, bool wait) {
  if (wait) return (queued + 1) * (gap + cost.BatchSeconds(queued + 1));
  return queued * cost.BatchSeconds(queued) + cost.BatchSeconds(queued) + cost.BatchSeconds(1);
}

TEST(BatchCost, DelayThatPaysIsWhereBothWaysCostTheSame) {
  const BatchCost cost = {0.001, 0.010, true, 32, true};
  for (int queued = 1; queued < 6; ++queued) {
    const double gap = cost.DelayThatPays(queued);
    ASSERT_GT(gap, 0);
    EXPECT_THAT(SumOfLatencies(cost, queued, gap, true),
                DoubleNear(SumOfLatencies(cost, queued, gap, false), 1e-12));
  }
  EXPECT_LT(cost.DelayThatPays(11), 0);
  EXPECT_LT((BatchCost{0.1, 0, true, 32, true}).DelayThatPays(1), 0);
}

}  // namespace
}  // namespace pixelclip
