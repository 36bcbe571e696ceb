// The decoder against the published one: values and gradients.
#include "trainer/method/decoder.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/ops/binary_cross_entropy_with_logits.h>
#include <gtest/gtest.h>

#include "tests/trainer/method/golden_tensors.h"
#include "trainer/method/bilinear_pair.h"

namespace pixelclip {
namespace {

using testing::GoldenTensors;
using testing::RelativeError;

class DecoderTest : public ::testing::Test {
 protected:
  DecoderTest() : golden_(GoldenTensors("decoder")) {
    for (const auto& [name, shape] : DecoderShapes()) {
      EXPECT_EQ(golden_.at("head." + name).sizes(), at::IntArrayRef(shape)) << name;
      weights_["head." + name] = golden_.at("head." + name).requires_grad_(true);
    }
  }

  const at::Tensor& Gradient(const std::string& name) { return weights_.at("head." + name).grad(); }

  std::map<std::string, at::Tensor> golden_, weights_;
};

TEST_F(DecoderTest, EqualsThePublishedOneForwardsAndBackwards) {
  const at::Tensor input = golden_.at("input").requires_grad_(true);
  const Decoder decoder(Weights(weights_).Scope("head"), input.size(2), input.size(3));
  const at::Tensor output = decoder(input);
  EXPECT_LE(RelativeError(output, golden_.at("output")), 1e-5);

  const at::Tensor& target = golden_.at("target");
  const BilinearPair upsampling(output.size(2), output.size(3), target.size(2), at::kCPU);
  const at::Tensor loss = at::binary_cross_entropy_with_logits(upsampling.Upsample(output), target);
  EXPECT_NEAR(loss.item<float>(), golden_.at("loss").item<float>(), 1e-5);
  loss.backward();
  EXPECT_LE(RelativeError(input.grad(), golden_.at("input_grad")), 1e-4);
  EXPECT_LE(RelativeError(Gradient("conv0.weight"), golden_.at("conv0_weight_grad")), 1e-4);
  EXPECT_LE(RelativeError(Gradient("proj.weight"), golden_.at("proj_weight_grad")), 1e-4);
}

TEST_F(DecoderTest, DetachedPassesAddUpToOneWithTheGraph) {
  const at::Tensor& input = golden_.at("input");
  const Decoder decoder(Weights(weights_).Scope("head"), input.size(2), input.size(3));
  decoder(input).square().sum().backward();
  std::map<std::string, at::Tensor> expected;
  for (auto& [name, tensor] : weights_) {
    expected[name] = tensor.grad();
    tensor.mutable_grad() = at::Tensor();
  }

  const Decoder made(Weights(weights_).Scope("head"), input.size(2), input.size(3));
  const Decoder detached = made.Detached();
  for (int64_t i = 0; i < input.size(0); ++i) detached(input.narrow(0, i, 1)).square().sum().backward();
  const std::vector<at::Tensor> kernels = made.kernels(), leaves = detached.kernels();
  for (size_t i = 0; i < kernels.size(); ++i) kernels[i].backward(leaves[i].grad(), /*retain_graph=*/true);
  for (const auto& [name, tensor] : weights_) {
    EXPECT_LE(RelativeError(tensor.grad(), expected.at(name)), 1e-4) << name;
  }
}

TEST(InitialDecoderWeightsTest, AreBoundedByTheFanInAndReproducible) {
  const auto weights = InitialDecoderWeights(at::detail::createCPUGenerator(1));
  EXPECT_EQ(weights.size(), DecoderShapes().size());
  const double bound = 1 / std::sqrt(32.0 * 2 * 2);
  const double largest = weights.at("up2.weight").abs().max().item<double>();
  EXPECT_LE(largest, bound);
  EXPECT_GE(largest, 0.99 * bound);
  EXPECT_LE(weights.at("conv0.bias").abs().max().item<double>(), 1 / 3.0);
  EXPECT_EQ(weights.at("conv1.double_conv.4.weight").min().item<float>(), 1);
  EXPECT_EQ(weights.at("conv1.double_conv.4.bias").abs().max().item<float>(), 0);

  const auto again = InitialDecoderWeights(at::detail::createCPUGenerator(1));
  for (const auto& [name, tensor] : weights) EXPECT_TRUE(tensor.equal(again.at(name))) << name;
  const auto other = InitialDecoderWeights(at::detail::createCPUGenerator(2));
  EXPECT_FALSE(weights.at("proj.bias").equal(other.at("proj.bias")));
}

}  // namespace
}  // namespace pixelclip
