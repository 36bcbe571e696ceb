#include "trainer/method/sinkhorn.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include "tests/trainer/method/thread_ranks.h"

namespace pixelclip {
namespace {

at::Tensor OnOneRank(const at::Tensor& logits, int rounds = 3) {
  const auto alone = MakeSingleProcess();
  const auto assignment = Sinkhorn(logits, rounds, *alone);
  EXPECT_TRUE(assignment.ok()) << assignment.status();
  return *assignment;
}

TEST(SinkhornTest, GivesEachMaskOneAndEachClusterTheSameShare) {
  const at::Tensor assignment = OnOneRank(at::randn({12, 4}), /*rounds=*/50);
  EXPECT_TRUE(at::allclose(assignment.sum(1), at::ones({12}, at::kDouble), 0, 1e-9));
  EXPECT_TRUE(at::allclose(assignment.sum(0), at::full({4}, 3.0, at::kDouble), 0, 1e-3));
}

TEST(SinkhornTest, RanksWithUnequalSharesEqualOneRank) {
  const at::Tensor logits = 10 * at::randn({9, 5});
  const at::Tensor expected = OnOneRank(logits);
  testing::ThreadRanks ranks(3);
  const int64_t first[] = {0, 2, 2}, count[] = {2, 0, 7};  // one rank has no mask at all
  ranks.Run([&](Communicator& communicator) {
    const int64_t begin = first[communicator.rank()], size = count[communicator.rank()];
    const auto assignment = Sinkhorn(logits.narrow(0, begin, size), 3, communicator);
    ASSERT_TRUE(assignment.ok());
    EXPECT_TRUE(at::allclose(*assignment, expected.narrow(0, begin, size), 0, 1e-12));
  });
}

TEST(SinkhornTest, AClusterThatNobodyCanReachStaysEmpty) {
  at::Tensor logits = at::zeros({3, 2});
  logits.select(1, 1).fill_(-1e5);
  EXPECT_TRUE(at::allclose(OnOneRank(logits).select(1, 0), at::ones({3}, at::kDouble)));
}

}  // namespace
}  // namespace pixelclip
