// Pooling, clustering and targets against the published implementation.
#include "trainer/method/targets.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/upsample_bilinear2d.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include "core/model/plain_array.h"
#include "tests/trainer/method/golden_tensors.h"
#include "trainer/method/bilinear_pair.h"
#include "trainer/method/sinkhorn.h"

namespace pixelclip {
namespace {

using testing::GoldenTensors;
using testing::RelativeError;

struct GoldenCase {
  std::string name;
  double epsilon;
};

class ClusterGoldenTest : public ::testing::TestWithParam<GoldenCase> {};

TEST_P(ClusterGoldenTest, EqualsThePublishedClustering) {
  const auto golden = GoldenTensors(GetParam().name);
  const at::Tensor features = golden.at("teacher_features").permute({0, 2, 3, 1});
  const at::Tensor clusters = Normalize(golden.at("cluster_embeddings"), 1);
  const at::Tensor& expected_target = golden.at("target");
  const int64_t side = expected_target.size(2);

  std::vector<GridMasks> grids;
  std::vector<at::Tensor> pooled;
  for (int64_t b = 0; b < features.size(0); ++b) {
    const auto masks = golden.find("masks_" + std::to_string(b));
    grids.push_back(ToGrid(
        masks == golden.end() ? at::zeros({0, 128, 128}, at::kByte) : masks->second.to(at::kByte), side));
    pooled.push_back(PoolUnderMasks(features[b], grids.back().masks));
  }
  const at::Tensor logits = GetParam().epsilon * Normalize(at::cat(pooled), 1).matmul(clusters.t());
  EXPECT_LE(RelativeError(logits, golden.at("logits")), 1e-4);
  const auto alone = MakeSingleProcess();
  const auto assignment = Sinkhorn(logits, 3, *alone);
  ASSERT_TRUE(assignment.ok());
  EXPECT_LE(RelativeError(*assignment, golden.at("assignment")), 1e-4);

  const auto targets = ClusterMasks(features, grids, clusters, GetParam().epsilon, 3, *alone);
  ASSERT_TRUE(targets.ok());
  std::vector<at::Tensor> hard;
  for (int64_t b = 0; b < features.size(0); ++b) {
    const PictureTargets& picture = (*targets)[static_cast<size_t>(b)];
    hard.push_back(picture.assignment);
    EXPECT_TRUE(picture.channels.to(at::kFloat).equal(expected_target[b])) << "picture " << b;
    EXPECT_TRUE(picture.covered.equal(expected_target[b].sum(0) > 0)) << "picture " << b;
  }
  EXPECT_TRUE(at::cat(hard).equal(golden.at("hard_assignment").to(at::kLong)));
}

INSTANTIATE_TEST_SUITE_P(Epsilons, ClusterGoldenTest,
                         ::testing::Values(GoldenCase{"eps1", 1}, GoldenCase{"eps100", 100}),
                         [](const auto& instance) { return instance.param.name; });

TEST(BilinearPairTest, UpsamplesLikeLibTorchAndHasAnAdjoint) {
  const at::Tensor x = at::randn({3, 7, 5}), y = at::randn({3, 16, 16});
  const BilinearPair bilinear(7, 5, 16, at::kCPU);
  const at::Tensor expected = at::upsample_bilinear2d(x.unsqueeze(0), {16, 16}, false).squeeze(0);
  EXPECT_TRUE(at::allclose(bilinear.Upsample(x), expected, 1e-5, 1e-6));
  EXPECT_NEAR((bilinear.Upsample(x) * y).sum().item<float>(), (x * bilinear.Adjoint(y)).sum().item<float>(),
              1e-3);
}

TEST(PoolUnderMasksTest, EqualsTheMeanOfUpsampledFeatures) {
  const at::Tensor features = at::randn({6, 9, 8}), masks = at::rand({4, 24, 24}) > 0.7;
  const at::Tensor upsampled =
      at::upsample_bilinear2d(features.permute({2, 0, 1}).unsqueeze(0), {24, 24}, false).squeeze(0);
  const at::Tensor pooled = PoolUnderMasks(features, masks);
  for (int64_t m = 0; m < 4; ++m) {
    const at::Tensor mean =
        upsampled.flatten(1).index_select(1, masks[m].flatten().nonzero().squeeze(1)).mean(1);
    EXPECT_TRUE(at::allclose(pooled[m], mean, 1e-4, 1e-5));
  }
}

TEST(ToGridTest, DropsMasksOfOnePixelAndKeepsCount) {
  at::Tensor masks = at::zeros({4, 8, 8}, at::kByte);
  masks[0].fill_(1);
  masks[1][0][0] = 1;  // one pixel
  masks[2].narrow(0, 2, 2).fill_(1);
  masks[3][1].fill_(1);  // an odd row: lost on a grid of half the side
  const GridMasks same = ToGrid(masks, 8);
  EXPECT_EQ(same.kept.size(0), 3);
  EXPECT_TRUE(same.masks[1].equal(masks[2].to(at::kBool)));
  const GridMasks half = ToGrid(masks.to(at::kBool), 4);
  ASSERT_EQ(half.kept.size(0), 2);
  EXPECT_EQ(half.kept[1].item<int64_t>(), 2);
  EXPECT_EQ(half.masks[1].sum().item<int64_t>(), 4);
  EXPECT_EQ(ToGrid(at::zeros({0, 3, 5}, at::kBool), 4).masks.sizes(), at::IntArrayRef({0, 4, 4}));
}

TEST(EachMaskAloneTest, MakesEveryMaskAChannelOfItsOwn) {
  at::Tensor masks = at::zeros({3, 4, 4}, at::kByte);
  masks[0].fill_(1);
  masks[2].select(0, 1).fill_(1);
  const at::Tensor features = at::randn({2, 2, 2, 5});
  const auto targets =
      EachMaskAlone(features, {ToGrid(masks, 4), ToGrid(at::zeros({0, 4, 4}, at::kByte), 4)});
  ASSERT_EQ(targets.size(), 2u);
  EXPECT_EQ(targets[0].embeddings.sizes(), at::IntArrayRef({2, 5}));
  EXPECT_TRUE(at::allclose(targets[0].embeddings.norm(2, 1), at::ones({2})));
  EXPECT_TRUE(targets[0].channels[1].equal(masks[2].to(at::kBool)));
  EXPECT_EQ(targets[1].channels.size(0), 0);
  EXPECT_FALSE(targets[1].covered.any().item<bool>());
}

}  // namespace
}  // namespace pixelclip
