#include "trainer/method/adam_w.h"

#include <ATen/ops/full.h>
#include <gtest/gtest.h>

#include <cmath>

namespace pixelclip {
namespace {

at::Tensor Parameter(double value) { return at::full({2}, value, at::kFloat).requires_grad_(true); }

// AdamW on one number, from its paper.
struct Reference {
  double value, m = 0, v = 0;
  void Step(double gradient, double rate, double decay, int step) {
    m = 0.9 * m + 0.1 * gradient;
    v = 0.999 * v + 0.001 * gradient * gradient;
    const double m_hat = m / (1 - std::pow(0.9, step + 1)), v_hat = v / (1 - std::pow(0.999, step + 1));
    value -= rate * decay * value + rate * m_hat / (std::sqrt(v_hat) + 1e-8);
  }
};

TEST(AdamWTest, FollowsThePaperWithItsOwnRateAndDecayForEachParameter) {
  const at::Tensor fast = Parameter(1), slow = Parameter(-2);
  AdamW optimiser({{"fast", fast, 10, 0}, {"slow", slow, 0.5, 0.1}});
  Reference fast_expected{1}, slow_expected{-2};
  for (int step = 0; step < 5; ++step) {
    const double gradient = 0.01 * (step - 2);
    fast.mutable_grad() = at::full({2}, gradient, at::kFloat);
    slow.mutable_grad() = at::full({2}, -gradient, at::kFloat);
    const double norm = optimiser.GradientNorm();
    EXPECT_NEAR(norm, 2 * std::abs(gradient), 1e-8);
    optimiser.Step(0.01, step, norm, /*clip_norm=*/1);
    fast_expected.Step(gradient, 0.1, 0, step);
    slow_expected.Step(-gradient, 0.005, 0.1, step);
  }
  EXPECT_NEAR(fast[0].item<float>(), fast_expected.value, 1e-6);
  EXPECT_NEAR(slow[1].item<float>(), slow_expected.value, 1e-6);
}

TEST(AdamWTest, ClipsTheNormOfAllGradientsTogether) {
  const at::Tensor a = Parameter(0), b = Parameter(0);
  AdamW optimiser({{"a", a, 1, 0}, {"b", b, 1, 0}});
  a.mutable_grad() = at::full({2}, 3.0, at::kFloat);
  b.mutable_grad() = at::full({2}, 4.0, at::kFloat);
  const double norm = optimiser.GradientNorm();
  EXPECT_NEAR(norm, std::sqrt(50.0), 1e-5);
  optimiser.Step(1, 0, norm, /*clip_norm=*/0.01);
  EXPECT_NEAR(optimiser.slots()[0].first_moment[0].item<float>(), 0.1 * 3 * 0.01 / std::sqrt(50.0), 1e-8);
  EXPECT_NEAR(optimiser.slots()[1].first_moment[0].item<float>(), 0.1 * 4 * 0.01 / std::sqrt(50.0), 1e-8);
}

TEST(AdamWTest, LeavesAParameterWithoutGradientAlone) {
  const at::Tensor used = Parameter(1), unused = Parameter(1);
  AdamW optimiser({{"used", used, 1, 0.1}, {"unused", unused, 1, 0.1}});
  used.mutable_grad() = at::full({2}, 1.0, at::kFloat);
  optimiser.Step(0.1, 0, optimiser.GradientNorm(), 1);
  EXPECT_NE(used[0].item<float>(), 1);
  EXPECT_EQ(unused[0].item<float>(), 1);
  optimiser.ClearGradients();
  EXPECT_FALSE(used.grad().defined());
  EXPECT_EQ(optimiser.GradientNorm(), 0);
}

}  // namespace
}  // namespace pixelclip
