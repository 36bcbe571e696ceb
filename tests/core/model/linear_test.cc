// Linear layers in each precision against LibTorch's ordinary operations.
#include "core/model/linear.h"

#include <ATen/Context.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/silu.h>
#include <c10/core/InferenceMode.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "core/model/int8_rows.h"
#include "core/model/plain_array.h"
#include "tests/testing/tensors.h"

namespace pixelclip {
namespace {

using testing::RelativeError;

double Error(const at::Tensor& got, const at::Tensor& expected) {
  return RelativeError(ToPlainArray(got), ToPlainArray(expected));
}

at::Tensor Dequantized(const Int8Rows& rows) {
  return (rows.values.to(at::kFloat) - 128) * rows.scales.unsqueeze(1);
}

TEST(Int8Rows, EachRowHasAScaleOfItsOwn) {
  const c10::InferenceMode no_gradients;
  const at::Tensor small = at::randn({1, 50}) * 1e-3, large = at::randn({1, 50}) * 1e3;
  const Int8Rows rows = QuantizeRows(at::cat({small, large}));
  EXPECT_LE(Error(Dequantized(rows).narrow(0, 0, 1), small), 0.51 / 127);
  EXPECT_LE(Error(Dequantized(rows).narrow(0, 1, 1), large), 0.51 / 127);
  EXPECT_TRUE(QuantizeRows(large).values.equal(rows.values.narrow(0, 1, 1)));
}

TEST(Int8Rows, ZerosStayAndWhatIsNotFiniteIsNotHidden) {
  const c10::InferenceMode no_gradients;
  at::Tensor x = at::randn({5, 40});
  x[0].zero_();
  x[1].fill_(std::numeric_limits<float>::denorm_min());
  x[2][7] = std::numeric_limits<float>::infinity();
  x[3][7] = std::numeric_limits<float>::quiet_NaN();
  x[4].fill_(std::numeric_limits<float>::max() / 2);
  const at::Tensor back = Dequantized(QuantizeRows(x));
  EXPECT_EQ(back.narrow(0, 0, 2).abs().sum().item<float>(), 0);
  EXPECT_TRUE(std::isnan(back[2][0].item<float>()));
  EXPECT_TRUE(std::isnan(back[3][0].item<float>()));
  EXPECT_LE(Error(back[4], x[4]), 1e-6);
}

TEST(Int8Rows, NonlinearitiesAreExactToTheLastStep) {
  const c10::InferenceMode no_gradients;
  const at::Tensor x = at::randn({7, 300}) * 4, bias = at::randn({300}), scales = at::randn({7}).abs() + 0.5;
  const at::Tensor before = x * scales.unsqueeze(1) + bias;
  for (const Nonlinearity f : {Nonlinearity::kGelu, Nonlinearity::kSilu}) {
    const at::Tensor expected = f == Nonlinearity::kGelu ? at::gelu(before) : at::silu(before);
    at::Tensor product = x.clone();
    const Int8Rows rows = ActivateRows(scales, bias, f, &product);
    EXPECT_LE(Error(product, expected), 1e-6);
    EXPECT_TRUE(rows.values.equal(QuantizeRows(product).values));
    EXPECT_LE(Error(Dequantized(rows), expected), 0.51 / 127);
  }
}

class LinearTest : public ::testing::TestWithParam<Precision> {
 protected:
  LinearTest() {
    at::manual_seed(1);
    x_ = at::randn({2, 33, 96});
    y_ = at::randn({2, 33, 64});
    weight_ = at::randn({160, 96}) / 10, bias_ = at::randn({160});
    next_weight_ = at::randn({64, 160}) / 13, next_bias_ = at::randn({64});
  }

  void SetUp() override {
    const absl::Status can = CheckPrecision(GetParam(), VitConfig(), "cpu");
    if (!can.ok()) GTEST_SKIP() << can;
  }

  // Of the largest output.
  double tolerance() const {
    return GetParam() == Precision::kFp32 ? 1e-6 : GetParam() == Precision::kBf16 ? 0.01 : 0.02;
  }

  Linear Packed(const at::Tensor& weight, const at::Tensor& bias) const {
    Linear linear(weight, bias);
    linear.Pack(GetParam());
    return linear;
  }

  const c10::InferenceMode no_gradients_;
  at::Tensor x_, y_, weight_, bias_, next_weight_, next_bias_;
};

TEST_P(LinearTest, IsNearLibTorch) {
  EXPECT_LE(Error(Packed(weight_, bias_)(x_), at::linear(x_, weight_, bias_)), tolerance());
  EXPECT_LE(Error(Packed(weight_, {})(x_), at::linear(x_, weight_)), tolerance());
  EXPECT_LE(Error(Packed(weight_, bias_).AddedTo(at::linear(x_, weight_), x_),
                  at::linear(x_, weight_) + at::linear(x_, weight_, bias_)),
            tolerance());
  EXPECT_EQ(Packed(weight_, bias_)(x_).scalar_type(), at::kFloat);
}

TEST_P(LinearTest, TwoMakeAnMlp) {
  const Linear first = Packed(weight_, bias_), next = Packed(next_weight_, next_bias_);
  const at::Tensor hidden = at::linear(x_, weight_, bias_);
  EXPECT_LE(Error(first.ThenAddedTo(y_, Nonlinearity::kGelu, next, x_),
                  y_ + at::linear(at::gelu(hidden), next_weight_, next_bias_)),
            tolerance());
  EXPECT_LE(Error(first.ThenAddedTo(y_, Nonlinearity::kSilu, next, x_),
                  y_ + at::linear(at::silu(hidden), next_weight_, next_bias_)),
            tolerance());
}

TEST_P(LinearTest, ARowDoesNotDependOnOthers) {
  const Linear first = Packed(weight_, bias_), next = Packed(next_weight_, next_bias_);
  at::Tensor others = x_.clone();
  others[1].mul_(1000);
  const at::Tensor all = first.ThenAddedTo(y_, Nonlinearity::kGelu, next, others);
  const at::Tensor alone =
      first.ThenAddedTo(y_.narrow(0, 0, 1), Nonlinearity::kGelu, next, x_.narrow(0, 0, 1));
  if (GetParam() == Precision::kInt8) {
    EXPECT_TRUE(alone[0].equal(all[0])) << "sums of integers have no order";
  } else {
    EXPECT_LE(Error(alone[0], all[0]), GetParam() == Precision::kFp32 ? 1e-6 : 1e-2);
  }
}

TEST_P(LinearTest, SaysWhatItSaves) {
  Linear linear(weight_, bias_);
  const size_t saved = linear.Pack(GetParam()), floats = weight_.nbytes();
  const size_t expected = GetParam() == Precision::kFp32   ? 0
                          : GetParam() == Precision::kBf16 ? floats / 2
                                                           : floats - floats / 4 - 160 * sizeof(float);
  EXPECT_EQ(saved, expected);
}

INSTANTIATE_TEST_SUITE_P(Precisions, LinearTest,
                         ::testing::Values(Precision::kFp32, Precision::kBf16, Precision::kInt8),
                         [](const auto& instance) { return std::string(PrecisionName(instance.param)); });

}  // namespace
}  // namespace pixelclip
