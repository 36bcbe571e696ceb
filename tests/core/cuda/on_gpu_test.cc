// The engine on a GPU, where there is one.
#include <ATen/ops/cosine_similarity.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <thread>
#include <vector>

#include "core/model/device.h"
#include "core/model/plain_array.h"
#include "core/segmenter.h"
#include "tests/testing/golden.h"
#include "tests/testing/tensors.h"

namespace pixelclip {
namespace {

using testing::Fixture;
using testing::Golden;

class OnGpuTest : public ::testing::TestWithParam<Precision> {
 protected:
  void SetUp() override {
    const auto gpu = FindDevice("cuda:0");
    if (!gpu.ok()) GTEST_SKIP() << gpu.status();
    SegmenterOptions options;
    options.device = "cuda:0";
    options.precision = GetParam();
    auto loaded = Segmenter::Load(Fixture("vit/openai_state.pt"), options);
    ASSERT_TRUE(loaded.ok()) << loaded.status();
    segmenter_ = *std::move(loaded);
  }

  // The golden picture at even places, and others of another scale between them.
  void ExpectGoldenFeatures(int count) const {
    const Golden golden(Fixture("vit/golden.safetensors"));
    const std::vector<int64_t>& shape = golden.Shape("image_0");
    const NetworkInput picture{static_cast<int>(shape[2]), static_cast<int>(shape[3]),
                               golden.Values("image_0")};
    NetworkInput other = picture;
    for (float& value : other.values) value *= -5;
    std::vector<NetworkInput> inputs(count, picture);
    for (int i = 1; i < count; i += 2) inputs[i] = other;

    const auto features = segmenter_->EncodeImages(inputs);
    ASSERT_TRUE(features.ok()) << features.status();
    ASSERT_EQ(features->size(), inputs.size());
    const std::vector<float>& expected = golden.Values("dense_0");
    const bool exact = GetParam() == Precision::kFp32;
    for (int i = 0; i < count; i += 2) {
      const std::vector<float>& got = (*features)[i].values;
      const auto rows = [](const std::vector<float>& values, int64_t channels) {
        return ViewAsTensor(values, {static_cast<int64_t>(values.size()) / channels, channels});
      };
      const int channels = (*features)[i].channels;
      ASSERT_EQ(got.size(), expected.size());
      EXPECT_GE(at::cosine_similarity(rows(got, channels), rows(expected, channels), 1).mean().item<double>(),
                exact ? 0.99999 : 0.999);
      EXPECT_LE(testing::RelativeError(got, features->front().values), exact ? 1e-5 : 1e-2);
    }
  }

  std::unique_ptr<Segmenter> segmenter_;
};

TEST_P(OnGpuTest, BatchesOfAllSizesGiveGoldenFeatures) {
  for (const int count : {1, 3, 8, 9, 130, 3, 1}) ExpectGoldenFeatures(count);
}

TEST_P(OnGpuTest, ThreadsMayEncodeAtOnce) {
  std::thread other([&] { ExpectGoldenFeatures(5); });
  ExpectGoldenFeatures(5);
  other.join();
  EXPECT_TRUE(segmenter_->DeviceComputes());
  EXPECT_GT(segmenter_->memory_bytes(), 0u);
}

INSTANTIATE_TEST_SUITE_P(Precisions, OnGpuTest, ::testing::Values(Precision::kFp32, Precision::kBf16),
                         [](const auto& instance) { return std::string(PrecisionName(instance.param)); });

TEST(OnGpu, Int8IsRefused) {
  SegmenterOptions options;
  options.device = "cuda:0";
  options.precision = Precision::kInt8;
  EXPECT_TRUE(absl::IsInvalidArgument(Segmenter::Load(Fixture("vit/openai_state.pt"), options).status()));
}

}  // namespace
}  // namespace pixelclip
