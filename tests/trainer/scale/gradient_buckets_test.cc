#include "trainer/scale/gradient_buckets.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <torch/csrc/distributed/c10d/Work.hpp>
#include <vector>

namespace pixelclip {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class FinishedWork : public c10d::Work {
 public:
  bool wait(std::chrono::milliseconds timeout) override { return true; }
};

at::Tensor Parameter(int64_t elements, at::ScalarType type = at::kFloat) {
  return at::arange(1, elements + 1, at::TensorOptions(type)).requires_grad_();
}

std::vector<double> Values(const at::Tensor& tensor) {
  const at::Tensor doubles = tensor.to(at::kDouble).contiguous();
  return {doubles.const_data_ptr<double>(), doubles.const_data_ptr<double>() + doubles.numel()};
}

// A transport on which another rank has sent `factor - 1` times what this one sends, and `extra` everywhere.
class GradientBucketsTest : public testing::Test {
 protected:
  std::unique_ptr<GradientBuckets> Watch(const std::vector<at::Tensor>& parameters, size_t bucket_bytes = 1) {
    return std::make_unique<GradientBuckets>(parameters, bucket_bytes,
                                             [this](at::Tensor& flat) -> c10::intrusive_ptr<c10d::Work> {
                                               sent_.push_back(Values(flat));
                                               flat.mul_(factor_).add_(extra_);
                                               return c10::make_intrusive<FinishedWork>();
                                             });
  }

  double factor_ = 2;
  double extra_ = 0;
  std::vector<std::vector<double>> sent_;  // gradients and marks of each bucket, in order
};

TEST_F(GradientBucketsTest, SendsEachBucketWhileBackwardRunsLastParametersFirst) {
  const at::Tensor a = Parameter(2), b = Parameter(1), c = Parameter(3);
  const auto buckets = Watch({a, b, c});
  (a.sum() * 10 + b.sum() * 20 + c.sum() * 30).backward();
  EXPECT_THAT(sent_, ElementsAre(ElementsAre(30, 30, 30, 1), ElementsAre(20, 1), ElementsAre(10, 10, 1)))
      << "before Finish";
  buckets->Finish();
  EXPECT_THAT(Values(a.grad()), ElementsAre(20, 20));
  EXPECT_THAT(Values(b.grad()), ElementsAre(40));
  EXPECT_THAT(Values(c.grad()), ElementsAre(60, 60, 60));
}

TEST_F(GradientBucketsTest, FillsBucketsToTheirSize) {
  const at::Tensor a = Parameter(2), b = Parameter(1), c = Parameter(3);
  const auto buckets = Watch({a, b, c}, 4 * sizeof(float));
  (a.sum() + b.sum() + c.sum()).backward();
  buckets->Finish();
  EXPECT_THAT(sent_, ElementsAre(ElementsAre(1, 1, 1, 1, 1, 1), ElementsAre(1, 1, 1)));
}

TEST_F(GradientBucketsTest, KeepsDtypesApart) {
  const at::Tensor a = Parameter(1), b = Parameter(1, at::kDouble);
  const auto buckets = Watch({a, b}, 1 << 20);
  (a.sum() + b.sum()).backward();
  buckets->Finish();
  EXPECT_EQ(sent_.size(), 2u);
  EXPECT_EQ(b.grad().scalar_type(), at::kDouble);
}

TEST_F(GradientBucketsTest, AMissingGradientHoldsLaterBucketsAndCountsAsZero) {
  const at::Tensor a = Parameter(1), b = Parameter(1), c = Parameter(1);
  const auto buckets = Watch({a, b, c});
  (a.sum() + c.sum()).backward();
  EXPECT_THAT(sent_, ElementsAre(ElementsAre(1, 1))) << "b's bucket comes before a's on every rank";
  buckets->Finish();
  EXPECT_THAT(sent_, ElementsAre(ElementsAre(1, 1), ElementsAre(0, 0), ElementsAre(1, 1)));
  EXPECT_FALSE(b.grad().defined()) << "no rank had it";
  EXPECT_THAT(Values(a.grad()), ElementsAre(2));
}

TEST_F(GradientBucketsTest, TakesAGradientThatOnlyAnotherRankHad) {
  const at::Tensor a = Parameter(2), b = Parameter(1);
  extra_ = 5;  // also in the marks
  const auto buckets = Watch({a, b});
  b.sum().backward();
  buckets->Finish();
  ASSERT_TRUE(a.grad().defined());
  EXPECT_THAT(Values(a.grad()), ElementsAre(5, 5));
  EXPECT_THAT(Values(b.grad()), ElementsAre(7));
}

TEST_F(GradientBucketsTest, WaitsForTheLastOfSeveralBackwards) {
  const at::Tensor a = Parameter(1), b = Parameter(1);
  const auto buckets = Watch({a, b});
  for (int step = 0; step < 2; ++step) {
    sent_.clear();
    buckets->set_synchronise(false);
    (a.sum() + b.sum() * 3).backward();
    EXPECT_THAT(sent_, IsEmpty());
    buckets->set_synchronise(true);
    a.sum().backward();
    buckets->Finish();
    EXPECT_THAT(sent_, ElementsAre(ElementsAre(3, 1), ElementsAre(2, 1))) << "b's is of the first backward";
    EXPECT_THAT(Values(a.grad()), ElementsAre(4));
    a.mutable_grad().reset();
    b.mutable_grad().reset();
  }
}

TEST_F(GradientBucketsTest, RefusesTwoSynchronisedBackwards) {
  const at::Tensor a = Parameter(1);
  const auto buckets = Watch({a});
  a.sum().backward();
  a.sum().backward();
  EXPECT_THROW(buckets->Finish(), c10::Error);
}

TEST_F(GradientBucketsTest, FinishThrowsWhatSendingThrew) {
  const at::Tensor a = Parameter(1);
  GradientBuckets buckets({a}, 1, [](at::Tensor& flat) -> c10::intrusive_ptr<c10d::Work> {
    throw std::runtime_error("connection lost");
  });
  a.sum().backward();
  EXPECT_THROW(buckets.Finish(), std::runtime_error);
}

TEST_F(GradientBucketsTest, LeavesGradientsAloneAfterItsEnd) {
  const at::Tensor a = Parameter(1);
  Watch({a});
  a.sum().backward();
  EXPECT_THAT(sent_, IsEmpty());
  EXPECT_THAT(Values(a.grad()), ElementsAre(1));
}

}  // namespace
}  // namespace pixelclip
