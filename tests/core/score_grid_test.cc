// Scores and labels against the published operations, one by one as LibTorch has them.
#include "core/score_grid.h"

#include <ATen/Version.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/argmax.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/upsample_bilinear2d.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "core/label_pixels.h"
#include "core/model/plain_array.h"
#include "tests/testing/golden.h"
#include "tests/testing/tensors.h"

namespace pixelclip {
namespace {

using testing::Fixture;
using testing::Golden;
using testing::RelativeError;

std::vector<float> Noise(size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> values(count);
  for (float& value : values) value = normal(random);
  return values;
}

TextFeatures UnitTexts(int count, int channels) {
  const at::Tensor texts =
      at::Tensor(ViewAsTensor(Noise(size_t{1} * count * channels, 5), {count, channels}).clone());
  return {count, channels, ToPlainArray(Normalize(texts, -1))};
}

// [h, w, D] resized as published, normalised, times the texts: [64, 64, K].
std::vector<float> PublishedScores(const DenseFeatures& features, const TextFeatures& texts) {
  const at::Tensor dense =
      ViewAsTensor(features.values, {1, features.height, features.width, features.channels});
  const at::Tensor resized = at::upsample_bilinear2d(dense.permute({0, 3, 1, 2}), {64, 64}, false);
  const at::Tensor unit = Normalize(resized.squeeze(0).permute({1, 2, 0}), -1);
  return ToPlainArray(at::matmul(unit, ViewAsTensor(texts.values, {texts.count, texts.channels}).t()));
}

TEST(MakeScoreGrid, GivesTheCosinesOfResizedFeatures) {
  struct Shape {
    int height, width, channels, texts;
  };
  for (const Shape& shape : {Shape{20, 20, 512, 150}, Shape{40, 40, 256, 20}, Shape{1, 1, 5, 1},
                             Shape{7, 30, 33, 17}, Shape{64, 64, 16, 3}, Shape{80, 70, 64, 40}}) {
    const DenseFeatures features{
        shape.height, shape.width, shape.channels,
        Noise(size_t{1} * shape.height * shape.width * shape.channels, shape.channels)};
    const TextFeatures texts = UnitTexts(shape.texts, shape.channels);
    const ScoreGrid grid = MakeScoreGrid(features, texts);
    EXPECT_EQ(grid.height, 64);
    EXPECT_EQ(grid.width, 64);
    EXPECT_EQ(grid.candidates, shape.texts);
    EXPECT_LE(RelativeError(grid.values, PublishedScores(features, texts)), 1e-5)
        << shape.height << "x" << shape.width;
  }
}

// Matrix products have kernels of their own for the last columns, which round differently.
TEST(MakeScoreGrid, EqualEmbeddingsHaveEqualScores) {
  const DenseFeatures features{20, 20, 512, Noise(size_t{20} * 20 * 512, 1)};
  for (const int copies : {2, 9, 17, 33}) {
    for (const int distinct : {1, 3}) {
      const TextFeatures once = UnitTexts(distinct, 512);
      TextFeatures texts{copies * distinct, 512, {}};
      for (int i = 0; i < copies; ++i)
        texts.values.insert(texts.values.end(), once.values.begin(), once.values.end());
      const ScoreGrid grid = MakeScoreGrid(features, texts);
      for (size_t i = 0; i < grid.values.size(); ++i) {
        const size_t candidate = i % texts.count;
        ASSERT_EQ(grid.values[i], grid.values[i - candidate + candidate % distinct])
            << candidate << " of " << texts.count;
      }
    }
  }
}

TEST(MakeScoreGrid, ZerosStayZeros) {
  const DenseFeatures features{3, 3, 8, std::vector<float>(72)};
  EXPECT_EQ(MakeScoreGrid(features, UnitTexts(2, 8)).values, std::vector<float>(64 * 64 * 2));
}

// [h, w, K] as a contiguous [1, K, h, w].
at::Tensor ToPlanes(const ScoreGrid& grid) {
  return ViewAsTensor(grid.values, {1, grid.height, grid.width, grid.candidates})
      .permute({0, 3, 1, 2})
      .contiguous();
}

// Whether LibTorch rounds as core/bilinear.h does: it picks its kernels by the CPU.
bool HasFusedKernels() { return at::get_cpu_capability().rfind("AVX", 0) == 0; }

TEST(LabelPixels, HasTheBitsOfLibTorch) {
  if (!HasFusedKernels()) GTEST_SKIP() << "LibTorch computes without fused multiply-add here";
  struct Size {
    int candidates, width, height;
  };
  // LibTorch has another kernel for outputs of up to 128 pixels of width and height together.
  for (const Size& size : {Size{150, 320, 180}, Size{17, 1, 300}, Size{5, 200, 1}, Size{3, 63, 66},
                           Size{1, 99, 301}, Size{20, 4096, 7}}) {
    const ScoreGrid grid{64, 64, size.candidates, Noise(size_t{4096} * size.candidates, size.width)};
    const at::Tensor upsampled = at::upsample_bilinear2d(ToPlanes(grid), {size.height, size.width}, false)[0];
    const at::Tensor labels = at::argmax(upsampled, 0).to(at::kFloat);
    const PixelLabels pixels = LabelPixels(grid, size.width, size.height);
    const std::vector<float> got(pixels.labels.labels.begin(), pixels.labels.labels.end());
    EXPECT_EQ(got, ToPlainArray(labels)) << size.width << "x" << size.height;
    EXPECT_EQ(UpsampleScores(grid, size.candidates - 1, size.width, size.height),
              ToPlainArray(upsampled[size.candidates - 1]));
  }
}

// The published implementation's own label maps, from its own scores.
TEST(LabelPixels, HasThePublishedLabels) {
  for (int i = 0; i < 3; ++i) {
    const Golden golden(Fixture("segment/golden_" + std::to_string(i) + ".safetensors"));
    const int64_t candidates = golden.Shape("logits_64")[1];
    const at::Tensor planes = ViewAsTensor(golden.Values("logits_64"), {candidates, 64, 64});
    const ScoreGrid grid{64, 64, static_cast<int>(candidates), ToPlainArray(planes.permute({1, 2, 0}))};
    const std::vector<int64_t>& shape = golden.Shape("mask");
    const PixelLabels pixels =
        LabelPixels(grid, static_cast<int>(shape.back()), static_cast<int>(*(shape.end() - 2)));
    const std::vector<float> got(pixels.labels.labels.begin(), pixels.labels.labels.end());
    EXPECT_EQ(got, golden.Values("mask"));
  }
}

}  // namespace
}  // namespace pixelclip
