#include "trainer/scale/connect.h"

#include <ATen/ops/full.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pixelclip {
namespace {

using testing::AnyOf;
using testing::HasSubstr;

TEST(SingleProcess, ReturnsAtOnce) {
  const auto alone = MakeSingleProcess();
  EXPECT_EQ(alone->rank(), 0);
  EXPECT_EQ(alone->world_size(), 1);
  at::Tensor tensor = at::full({2}, 3);
  EXPECT_TRUE(alone->AllReduceSum(tensor).ok());
  EXPECT_TRUE(alone->Broadcast(tensor).ok());
  EXPECT_TRUE(tensor.eq(3).all().item().toBool());
  EXPECT_TRUE(alone->Barrier().ok());
  EXPECT_TRUE(alone->WatchGradients({tensor}).ok());
  alone->set_synchronise(false);
  EXPECT_TRUE(alone->FinishGradients().ok());
}

TEST(Connect, IsASingleProcessForOneRank) {
  const auto ranks = Connect({}, c10::kCPU, {});
  ASSERT_TRUE(ranks.ok()) << ranks.status();
  EXPECT_EQ((*ranks)->world_size(), 1);
}

TEST(ConnectGloo, WorksWithOneRank) {
  const auto ranks = ConnectGloo({}, {});
  ASSERT_TRUE(ranks.ok()) << ranks.status();
  at::Tensor tensor = at::full({2}, 3);
  EXPECT_TRUE((*ranks)->AllReduceSum(tensor).ok());
  EXPECT_TRUE(tensor.eq(3).all().item().toBool());
  EXPECT_EQ((*ranks)->FinishGradients().code(), absl::StatusCode::kFailedPrecondition);

  const at::Tensor parameter = at::full({2}, 1.0).requires_grad_();
  EXPECT_THAT((*ranks)->WatchGradients({parameter, tensor}).message(),
              HasSubstr("parameter 1 of 2 is not a dense leaf that requires a gradient"));
  ASSERT_TRUE((*ranks)->WatchGradients({parameter}).ok());
  EXPECT_EQ((*ranks)->WatchGradients({parameter}).code(), absl::StatusCode::kFailedPrecondition);
  parameter.sum().backward();
  EXPECT_TRUE((*ranks)->FinishGradients().ok());
  EXPECT_TRUE(parameter.grad().eq(1).all().item().toBool());
}

TEST(ConnectGloo, NamesABadOption) {
  ConnectOptions options;
  options.timeout = std::chrono::milliseconds(0);
  EXPECT_EQ(ConnectGloo({}, options).status().message(), "timeout in milliseconds must be at least 1, is 0");
  options = {};
  options.heartbeat = std::chrono::milliseconds(-5);
  EXPECT_EQ(ConnectGloo({}, options).status().message(),
            "heartbeat in milliseconds must be at least 1, is -5");
  options = {};
  options.bucket_bytes = 0;
  EXPECT_EQ(ConnectGloo({}, options).status().message(), "bucket_bytes must be at least 1, is 0");
}

TEST(ConnectNccl, RefusesACpu) {
  EXPECT_THAT(ConnectNccl({}, c10::kCPU, {}).status().message(), HasSubstr("not cpu"));
}

TEST(ConnectNccl, SaysWhyThereIsNone) {
  // No machine has so many: the same answer with and without GPUs, CUDA libraries or the plugin.
  const auto ranks = ConnectNccl({}, c10::Device(c10::kCUDA, 100), {});
  EXPECT_EQ(ranks.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(ranks.status().message(),
              AnyOf(HasSubstr("LibTorch's CUDA library cannot be loaded"), HasSubstr("CUDA devices")));
}

}  // namespace
}  // namespace pixelclip
