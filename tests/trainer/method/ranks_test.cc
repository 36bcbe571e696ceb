// Several ranks against one, with threads for ranks.
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include <functional>

#include "tests/trainer/method/thread_ranks.h"
#include "tests/trainer/method/training_fixture.h"

namespace pixelclip {
namespace {

using testing::RelativeError;
using testing::ThreadRanks;
using testing::TrainingFixture;

StepInput Share(const StepInput& all, int64_t first, int64_t count) {
  return {all.weak.narrow(0, first, count), all.strong.narrow(0, first, count),
          std::vector<at::Tensor>(all.masks.begin() + first, all.masks.begin() + first + count)};
}

class RanksTest : public ::testing::Test {
 protected:
  // Makes two steps on one rank and on two, and compares everything.
  void ExpectTwoRanksToEqualOne(const std::function<StepInput(int64_t)>& input,
                                const MethodSettings& settings) {
    const auto alone = MakeSingleProcess();
    const auto one = fixture_.Learner(settings, alone.get());
    std::vector<StepResult> expected;
    for (int64_t step = 0; step < 2; ++step) {
      const auto result = one->Step(input(step));
      ASSERT_TRUE(result.ok()) << result.status();
      expected.push_back(*result);
    }
    const NamedTensors final = one->State();
    ThreadRanks(2).Run([&](Communicator& communicator) {
      const auto learner = fixture_.Learner(settings, &communicator);
      for (int64_t step = 0; step < 2; ++step) {
        const auto result = learner->Step(Share(input(step), communicator.rank(), 1));
        ASSERT_TRUE(result.ok()) << result.status();
        EXPECT_NEAR(result->loss, expected[step].loss, 1e-5 * expected[step].loss);
        EXPECT_NEAR(result->gradient_norm, expected[step].gradient_norm, 1e-4 * expected[step].gradient_norm);
        EXPECT_EQ(result->masks_per_cluster, expected[step].masks_per_cluster);
        EXPECT_NEAR(result->covered_share, expected[step].covered_share, 1e-12);
      }
      for (const auto& [name, tensor] : learner->State()) {
        if (name.compare(0, 9, "optimizer") == 0) continue;
        EXPECT_LE(RelativeError(tensor, final.at(name)), 1e-3) << name;
      }
    });
  }

  const TrainingFixture fixture_;
};

TEST_F(RanksTest, TwoRanksEqualOne) {
  ExpectTwoRanksToEqualOne([&](int64_t step) { return fixture_.Input(step); }, TrainingFixture::Settings());
}

TEST_F(RanksTest, ARankWithoutMasksTakesPart) {
  ExpectTwoRanksToEqualOne(
      [&](int64_t step) {
        StepInput input = fixture_.Input(step);
        input.masks[1] = at::zeros({0, 128, 128}, at::kByte);
        return input;
      },
      TrainingFixture::Settings());
}

TEST_F(RanksTest, ARankWithoutMasksTakesPartWhereMasksAreNotClustered) {
  MethodSettings settings = TrainingFixture::Settings();
  settings.cluster_masks = false;
  ExpectTwoRanksToEqualOne(
      [&](int64_t step) {
        StepInput input = fixture_.Input(step);
        input.masks[1] = at::zeros({0, 128, 128}, at::kByte);
        return input;
      },
      settings);
}

TEST_F(RanksTest, ThePublishedMeanOverRanksIsTheMeanOfTheirLosses) {
  MethodSettings settings = TrainingFixture::Settings();
  settings.cluster_masks = false;  // so that each rank's loss does not depend on the other's masks
  settings.loss_average = LossAverage::kRanks;
  const StepInput input = fixture_.Input(0);
  const auto alone = MakeSingleProcess();
  double mean = 0;
  for (int64_t rank = 0; rank < 2; ++rank) {
    mean += fixture_.Learner(settings, alone.get())->Step(Share(input, rank, 1))->loss / 2;
  }
  ThreadRanks(2).Run([&](Communicator& communicator) {
    const auto result = fixture_.Learner(settings, &communicator)->Step(Share(input, communicator.rank(), 1));
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_NEAR(result->loss, mean, 1e-6);
  });
}

}  // namespace
}  // namespace pixelclip
