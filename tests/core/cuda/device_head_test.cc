// The head as LibTorch's operations, on the CPU and on a GPU if there is one, against the head of plain
// loops.
#include "core/cuda/device_head.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <c10/core/InferenceMode.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "core/label_pixels.h"
#include "core/model/device.h"
#include "core/model/plain_array.h"
#include "core/score_grid.h"

namespace pixelclip {
namespace {

ScoreGrid RandomGrid(int height, int width, int candidates, std::mt19937& random) {
  std::uniform_real_distribution<float> cosine(-0.2f, 0.4f);
  ScoreGrid grid{height, width, candidates, std::vector<float>(size_t{1} * height * width * candidates)};
  for (float& value : grid.values) value = cosine(random);
  return grid;
}

// Few levels, so that many candidates are equal; each level twice at least among the candidates.
ScoreGrid GridOfTies(int height, int width, int candidates, std::mt19937& random) {
  ScoreGrid grid = RandomGrid(height, width, candidates, random);
  for (float& value : grid.values) value = 0.125f * std::round(8 * value);
  return grid;
}

// Neighbours alike, as a photograph has them: most candidates cannot win anywhere.
ScoreGrid SmoothGrid(int height, int width, int candidates, std::mt19937& random) {
  ScoreGrid grid = RandomGrid(height, width, candidates, random);
  for (size_t i = 0; i < grid.values.size(); ++i) {
    grid.values[i] = 0.01f * grid.values[i] + 0.1f * std::sin(static_cast<float>(i % candidates));
  }
  return grid;
}

at::Tensor PlanesOf(const ScoreGrid& grid) {
  return ViewAsTensor(grid.values, {grid.height, grid.width, grid.candidates})
      .permute({2, 0, 1})
      .contiguous();
}

class DeviceHeadTest : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    const auto device = FindDevice(GetParam());
    if (!device.ok()) GTEST_SKIP() << device.status();
    device_ = *device;
  }

  void ExpectTheSame(const ScoreGrid& grid, int width, int height, int64_t max_values) const;

  const c10::InferenceMode no_gradients_;
  c10::Device device_ = c10::kCPU;
};

INSTANTIATE_TEST_SUITE_P(Devices, DeviceHeadTest, ::testing::Values("cpu", "cuda:0"),
                         [](const auto& instance) {
                           return std::string(instance.param) == "cpu" ? "Cpu" : "Gpu";
                         });

void DeviceHeadTest::ExpectTheSame(const ScoreGrid& grid, int width, int height, int64_t max_values) const {
  const PixelLabels expected = LabelPixels(grid, width, height);
  const DeviceLabels got = LabelOnDevice(PlanesOf(grid).to(device_), width, height, max_values);
  ASSERT_EQ(got.labels.sizes(), (std::vector<int64_t>{height, width}));
  ASSERT_EQ(got.scores.sizes(), (std::vector<int64_t>{height, width}));
  const at::Tensor labels_here = got.labels.cpu();
  const int64_t* labels = labels_here.const_data_ptr<int64_t>();
  const std::vector<float> scores = ToPlainArray(got.scores.cpu());
  float largest = 0;
  for (const float score : grid.values) largest = std::max(largest, std::abs(score));
  const float tolerance = 1e-6f * largest;
  for (size_t i = 0; i < scores.size(); ++i) {
    ASSERT_NEAR(scores[i], expected.scores[i], tolerance) << "pixel " << i;
    if (labels[i] == expected.labels.labels[i]) continue;
    const float rival =
        UpsampleScores(grid, static_cast<int>(labels[i]), width, height)[i];  // slow, but seldom needed
    ASSERT_NEAR(rival, expected.scores[i], tolerance) << "pixel " << i << " of " << width << "x" << height;
  }
}

TEST_P(DeviceHeadTest, IsTheHeadOfPlainLoops) {
  std::mt19937 random(5);
  const auto draw = [&](int low, int high) { return low + static_cast<int>(random() % (high - low + 1)); };
  for (int i = 0; i < 90; ++i) {
    const int height = i % 3 == 0 ? 64 : draw(1, 9), width = i % 3 == 0 ? 64 : draw(1, 30);
    const int candidates = i % 5 == 0 ? 1 : draw(1, 40);
    const auto make = i % 3 == 0 ? SmoothGrid : i % 3 == 1 ? GridOfTies : RandomGrid;
    const int64_t max_values = i % 2 == 0 ? 1 : draw(1, 200000);  // one candidate at once, or some
    ExpectTheSame(make(height, width, candidates, random), draw(1, 130), draw(1, 90), max_values);
  }
}

TEST_P(DeviceHeadTest, OfEqualCandidatesTheLowestIndexWins) {
  std::mt19937 random(6);
  for (const int64_t max_values : {1, 20000, 1 << 20}) {
    for (const auto make : {RandomGrid, GridOfTies}) {
      for (const auto& [height, width] : {std::pair(64, 64), std::pair(5, 7), std::pair(1, 9)}) {
        const at::Tensor once =
            PlanesOf(make(height, width, 6, random)).to(device_, /*non_blocking=*/false, /*copy=*/true);
        const DeviceLabels got = LabelOnDevice(at::cat({once, once, once}), 140, 75, max_values);
        EXPECT_TRUE((got.labels < 6).all().item<bool>()) << max_values;
      }
    }
  }
}

TEST_P(DeviceHeadTest, SurvivesScoresThatAreNotNumbers) {
  std::mt19937 random(1);
  ScoreGrid grid = RandomGrid(4, 4, 3, random);
  std::fill(grid.values.begin(), grid.values.end(), std::nanf(""));
  EXPECT_EQ(LabelOnDevice(PlanesOf(grid).to(device_), 20, 10).labels.numel(), 200);
}

TEST_P(DeviceHeadTest, ScorePlanesAreTheScoreGrid) {
  std::mt19937 random(2);
  std::normal_distribution<float> normal;
  for (const auto& [height, width, channels, count] : {std::array{20, 20, 64, 30}, std::array{13, 26, 16, 1},
                                                       std::array{1, 1, 8, 3}, std::array{70, 5, 8, 2}}) {
    DenseFeatures features{height, width, channels,
                           std::vector<float>(size_t{1} * height * width * channels)};
    TextFeatures texts{count, channels, std::vector<float>(size_t{1} * count * channels)};
    for (float& value : features.values) value = normal(random);
    for (float& value : texts.values) value = normal(random);
    std::fill_n(features.values.begin(), channels, 0.0f);  // a vector without a direction
    texts.values = ToPlainArray(Normalize(ViewAsTensor(texts.values, {count, channels}), 1));

    const ScoreGrid grid = MakeScoreGrid(features, texts);
    const at::Tensor dense = ViewAsTensor(features.values, {height, width, channels});
    const at::Tensor words = ViewAsTensor(texts.values, {count, channels});
    const at::Tensor planes = ScorePlanes(dense.to(device_), words.to(device_)).cpu();
    EXPECT_TRUE(planes.allclose(PlanesOf(grid), /*rtol=*/1e-5, /*atol=*/1e-6)) << height << "x" << width;
  }
}

}  // namespace
}  // namespace pixelclip
