#include "trainer/figures/learned_clusters.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/checkpoint/safetensors.h"
#include "tests/testing/golden.h"

namespace pixelclip {
namespace {

// A tiny CLIP with random weights and learned prompts, and the same without.
std::string Prompted() { return testing::Fixture("vit/pixelclip.pth"); }
std::string Plain() { return testing::Fixture("vit/openai_state.pt"); }

class LearnedClustersTest : public ::testing::Test {
 protected:
  // The file a run leaves, with one tensor of these numbers.
  void WritePrompts(const std::string& name, const std::vector<int64_t>& shape,
                    const std::vector<float>& values) {
    const auto* data = reinterpret_cast<const std::byte*>(values.data());
    ASSERT_TRUE(
        WriteSafetensors(prompts_, {{name, {DType::kF32, shape, ContiguousStrides(shape), data}}}).ok());
  }

  TextFeatures Embeddings(const std::string& model, const std::string& prompts) {
    MethodSettings method;
    method.resolution = 64;
    method.mask_resolution = 64;
    const auto clusters = LearnedClusters::Load(model, prompts, {Activation::kQuickGelu}, method);
    EXPECT_TRUE(clusters.ok()) << clusters.status();
    return clusters.ok() ? (*clusters)->Embeddings() : TextFeatures();
  }

  const std::string prompts_ = ::testing::TempDir() + "learned_clusters_prompts.safetensors";
};

// What was learnt, and not where a training would start.
TEST_F(LearnedClustersTest, AreThoseOfTheCheckpoint) {
  const auto checkpoint = LoadCheckpoint(Prompted(), {Activation::kQuickGelu});
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.status();
  const StoredTensor& tokens = *checkpoint->prompt_tokens;
  WritePrompts("prompt_tokens", tokens.shape, ToFloat32(tokens));
  const TextFeatures inside = Embeddings(Prompted(), ""), beside = Embeddings(Prompted(), prompts_);
  EXPECT_EQ(inside.count, tokens.shape[0]);
  EXPECT_EQ(inside.values, beside.values);

  WritePrompts("prompt_tokens", tokens.shape, std::vector<float>(ToFloat32(tokens).size(), 0.01f));
  const TextFeatures other = Embeddings(Prompted(), prompts_);
  EXPECT_EQ(other.count, inside.count);
  EXPECT_NE(other.values, inside.values);
}

TEST_F(LearnedClustersTest, MayBeFreeEmbeddings) {
  const auto checkpoint = LoadCheckpoint(Plain(), {Activation::kQuickGelu});
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.status();
  const int64_t width = checkpoint->config.embed_dim;
  std::vector<float> values(3 * width);
  for (int64_t i = 0; i < 3; ++i) values[i * width + i] = 2;
  WritePrompts("cluster_embeddings", {3, width}, values);
  const TextFeatures embeddings = Embeddings(Plain(), prompts_);
  ASSERT_EQ(embeddings.count, 3);
  for (int64_t i = 0; i < 3; ++i) EXPECT_FLOAT_EQ(embeddings.values[i * width + i], 1);
}

}  // namespace
}  // namespace pixelclip
