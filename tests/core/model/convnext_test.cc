#include "core/model/convnext.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randn.h>
#include <c10/core/InferenceMode.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>

#include "core/checkpoint/checkpoint.h"
#include "core/checkpoint/schema.h"
#include "core/model/plain_array.h"
#include "tests/testing/golden.h"
#include "tests/testing/tensors.h"

namespace pixelclip {
namespace {

using testing::Fixture;
using testing::RelativeError;

double RelativeErrorOf(const at::Tensor& got, const at::Tensor& expected) {
  EXPECT_EQ(got.sizes(), expected.sizes());
  return RelativeError(ToPlainArray(got), ToPlainArray(expected));
}

// The fixture's model, as it is made and packed.
class ConvNeXtTest : public ::testing::TestWithParam<bool> {
 protected:
  ConvNeXtTest() {
    auto checkpoint = LoadCheckpoint(Fixture("convnext"));
    EXPECT_TRUE(checkpoint.ok()) << checkpoint.status();
    config_ = checkpoint->config;
    for (const auto& [name, stored] : checkpoint->tensors) {
      tensors_[name] = ViewAsTensor(ToFloat32(stored), stored.shape).clone();
    }
  }

  std::unique_ptr<VisualEncoder> Encoder() const {
    auto encoder = MakeVisualEncoder(config_, Weights(tensors_).Scope("visual"));
    if (GetParam()) encoder->Pack(Precision::kFp32);
    return encoder;
  }

  ModelConfig config_;
  std::map<std::string, at::Tensor> tensors_;
  const c10::InferenceMode without_gradients_;
};

TEST_P(ConvNeXtTest, APictureDoesNotDependOnItsBatch) {
  const at::Tensor images = at::randn({3, 3, 96, 160});
  const auto encoder = Encoder();
  const at::Tensor together = encoder->EncodeDense(images);
  for (int64_t i = 0; i < 3; ++i) {
    EXPECT_LE(RelativeErrorOf(encoder->EncodeDense(images.narrow(0, i, 1)), together.narrow(0, i, 1)), 1e-6);
  }
}

TEST_P(ConvNeXtTest, TakesEverySizeFromOneFeatureOn) {
  const auto encoder = Encoder();
  EXPECT_EQ(encoder->patch_size(), 32);
  EXPECT_EQ(encoder->EncodeDense(at::randn({2, 3, 32, 32})).sizes().vec(),
            (std::vector<int64_t>{2, 1, 1, 64}));
  EXPECT_EQ(encoder->EncodeDense(at::randn({1, 3, 70, 127})).sizes().vec(),
            (std::vector<int64_t>{1, 2, 3, 64}));
  // What is left over by the first stride does not count.
  const at::Tensor image = at::randn({1, 3, 67, 99});
  const at::Tensor whole = image.narrow(2, 0, 64).narrow(3, 0, 96);
  EXPECT_LE(RelativeErrorOf(encoder->EncodeDense(image), encoder->EncodeDense(whole)), 1e-6);
}

TEST_P(ConvNeXtTest, AProjectionMayBeAnMlp) {
  const at::Tensor images = at::randn({1, 3, 64, 96});
  tensors_["visual.head.proj.weight"] = at::eye(128);
  const at::Tensor features = Encoder()->EncodeDense(images);

  auto& vision = std::get<ConvNeXtConfig>(config_.vision);
  vision.projection_width = 40;
  const at::Tensor in = at::randn({40, 128}), bias = at::randn({40}), out = at::randn({64, 40});
  tensors_.erase("visual.head.proj.weight");
  tensors_["visual.head.mlp.fc1.weight"] = in;
  tensors_["visual.head.mlp.fc1.bias"] = bias;
  tensors_["visual.head.mlp.fc2.weight"] = out;
  EXPECT_LE(RelativeErrorOf(Encoder()->EncodeDense(images),
                            at::linear(at::gelu(at::linear(features, in, bias)), out)),
            1e-5);
}

INSTANTIATE_TEST_SUITE_P(Forms, ConvNeXtTest, ::testing::Bool(),
                         [](const auto& instance) { return instance.param ? "Packed" : "Plain"; });

}  // namespace
}  // namespace pixelclip
