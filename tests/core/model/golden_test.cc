// Every checkpoint layout against features that the published implementation computed from the same weights.
#include "tests/testing/golden.h"

#include <c10/core/InferenceMode.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "core/checkpoint/checkpoint.h"
#include "core/model/plain_array.h"
#include "core/model/text_encoder.h"
#include "core/model/visual_encoder.h"
#include "core/model/weights.h"
#include "tests/testing/tensors.h"

namespace pixelclip {
namespace {

using testing::Fixture;
using testing::Golden;
using testing::RelativeError;

// Paths of a checkpoint and of its golden values.
struct Case {
  std::string name, path, golden;
};

class GoldenTest : public ::testing::TestWithParam<Case> {
 protected:
  GoldenTest() : golden_(GetParam().golden) {
    auto checkpoint = LoadCheckpoint(GetParam().path);
    EXPECT_TRUE(checkpoint.ok()) << checkpoint.status();
    checkpoint_ = *std::move(checkpoint);
  }

  void ExpectDenseFeatures(VisualEncoder& encoder) const;
  std::unique_ptr<VisualEncoder> MakeEncoder() const {
    return MakeVisualEncoder(checkpoint_.config, Weights(checkpoint_.tensors).Scope("visual"));
  }

  Golden golden_;
  Checkpoint checkpoint_;
};

void GoldenTest::ExpectDenseFeatures(VisualEncoder& encoder) const {
  for (int i = 0; golden_.Has("image_" + std::to_string(i)); ++i) {
    const std::string image = "image_" + std::to_string(i), dense = "dense_" + std::to_string(i);
    const at::Tensor features =
        encoder.EncodeDense(ViewAsTensor(golden_.Values(image), golden_.Shape(image)));
    EXPECT_EQ(features.sizes().vec(), golden_.Shape(dense));
    EXPECT_LE(RelativeError(ToPlainArray(features), golden_.Values(dense)), 1e-5) << image;
  }
}

TEST_P(GoldenTest, DenseFeatures) { ExpectDenseFeatures(*MakeEncoder()); }

// As Segmenter runs it.
TEST_P(GoldenTest, PackedDenseFeatures) {
  const c10::InferenceMode without_gradients;
  const auto encoder = MakeEncoder();
  encoder->Pack(Precision::kFp32);
  ExpectDenseFeatures(*encoder);
}

TEST_P(GoldenTest, TextFeatures) {
  const TextEncoder encoder(checkpoint_.config.text, Weights(checkpoint_.tensors));
  const std::vector<float>& ids = golden_.Values("token_ids");
  const int64_t length = golden_.Shape("token_ids")[1];
  std::vector<std::vector<int32_t>> texts;
  for (auto row = ids.begin(); row != ids.end(); row += length) texts.emplace_back(row, row + length);
  EXPECT_LE(RelativeError(ToPlainArray(encoder.Encode(texts)), golden_.Values("text")), 1e-5);
}

INSTANTIATE_TEST_SUITE_P(
    Layouts, GoldenTest,
    ::testing::Values(Case{"OpenAiJit", Fixture("vit/openai_jit.pt"), Fixture("vit/golden.safetensors")},
                      Case{"OpenAiState", Fixture("vit/openai_state.pt"), Fixture("vit/golden.safetensors")},
                      Case{"PixelClip", Fixture("vit/pixelclip.pth"), Fixture("vit/golden.safetensors")},
                      Case{"OpenClip", Fixture("open_clip"), Fixture("open_clip/golden.safetensors")},
                      Case{"ConvNeXt", Fixture("convnext"), Fixture("convnext/golden.safetensors")},
                      Case{"HuggingFace", Fixture("hf"), Fixture("hf/golden.safetensors")},
                      Case{"Mini", PIXELCLIP_MODELS "/mini", PIXELCLIP_MODELS "/mini/golden.safetensors"}),
    [](const auto& instance) { return instance.param.name; });

}  // namespace
}  // namespace pixelclip
