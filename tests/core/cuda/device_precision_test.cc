// Encoders as a GPU runs them: packed, but of LibTorch's ordinary operations, in one type from end to end.
#include <ATen/ops/cosine_similarity.h>
#include <c10/core/InferenceMode.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "core/checkpoint/checkpoint.h"
#include "core/model/plain_array.h"
#include "core/model/visual_encoder.h"
#include "core/model/weights.h"
#include "tests/testing/golden.h"
#include "tests/testing/tensors.h"

namespace pixelclip {
namespace {

using testing::Fixture;
using testing::Golden;

struct Case {
  std::string name, path, golden;
};

class DevicePrecisionTest : public ::testing::TestWithParam<Case> {
 protected:
  DevicePrecisionTest() : golden_(GetParam().golden) {}

  std::unique_ptr<VisualEncoder> MakeEncoder(at::ScalarType type, Precision precision) const {
    const auto checkpoint = LoadCheckpoint(GetParam().path);
    EXPECT_TRUE(checkpoint.ok()) << checkpoint.status();
    const Weights weights = Weights(checkpoint->tensors).To(c10::kCPU, type);
    auto encoder = MakeVisualEncoder(checkpoint->config, weights.Scope("visual"));
    EXPECT_EQ(encoder->Pack(precision), 0u);
    return encoder;
  }

  at::Tensor GoldenTensor(const std::string& name) const {
    return ViewAsTensor(golden_.Values(name), golden_.Shape(name));
  }

  const c10::InferenceMode no_gradients_;
  const Golden golden_;
};

// What differs from the published numbers in float32 is rounding alone: in float64 next to nothing is left.
TEST_P(DevicePrecisionTest, PackedWithoutKernelsOfOurOwnItIsExact) {
  const auto encoder = MakeEncoder(at::kDouble, Precision::kFp32);
  for (int i = 0; golden_.Has("image_" + std::to_string(i)); ++i) {
    const at::Tensor features = encoder->EncodeDense(GoldenTensor("image_" + std::to_string(i)));
    EXPECT_EQ(features.scalar_type(), at::kFloat);
    EXPECT_LE(testing::RelativeError(ToPlainArray(features), golden_.Values("dense_" + std::to_string(i))),
              1e-5);
  }
}

TEST_P(DevicePrecisionTest, WhollyInBf16FeaturesPointWhereTheyShould) {
  const auto encoder = MakeEncoder(at::kBFloat16, Precision::kBf16);
  for (int i = 0; golden_.Has("image_" + std::to_string(i)); ++i) {
    const at::Tensor features = encoder->EncodeDense(GoldenTensor("image_" + std::to_string(i)));
    EXPECT_EQ(features.scalar_type(), at::kFloat);
    const at::Tensor cosines =
        at::cosine_similarity(features, GoldenTensor("dense_" + std::to_string(i)), -1);
    EXPECT_GE(cosines.mean().item<double>(), 0.999);
    RecordProperty("least_cosine_" + std::to_string(i), std::to_string(cosines.min().item<double>()));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Encoders, DevicePrecisionTest,
    ::testing::Values(Case{"Vit", Fixture("vit/openai_state.pt"), Fixture("vit/golden.safetensors")},
                      Case{"OpenClip", Fixture("open_clip"), Fixture("open_clip/golden.safetensors")},
                      Case{"ConvNeXt", Fixture("convnext"), Fixture("convnext/golden.safetensors")}),
    [](const auto& instance) { return instance.param.name; });

}  // namespace
}  // namespace pixelclip
