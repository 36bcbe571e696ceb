// Whole encoders in each precision against features that the published implementation computed in fp32.
#include "core/precision.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/cosine_similarity.h>
#include <c10/core/InferenceMode.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "core/checkpoint/checkpoint.h"
#include "core/model/plain_array.h"
#include "core/model/text_encoder.h"
#include "core/model/visual_encoder.h"
#include "core/model/weights.h"
#include "core/segmenter.h"
#include "tests/testing/golden.h"
#include "tests/testing/tensors.h"

namespace pixelclip {
namespace {

using testing::Fixture;
using testing::Golden;
using ::testing::HasSubstr;
using testing::RelativeError;

Checkpoint Load(const std::string& path) {
  auto checkpoint = LoadCheckpoint(path);
  EXPECT_TRUE(checkpoint.ok()) << checkpoint.status();
  return *std::move(checkpoint);
}

// A checkpoint whose encoder can be run in a precision, its golden values, and what their features' cosines
// must be in the mean.
struct Case {
  std::string name, path, golden;
  Precision precision;
  double least_cosine;
};

class PrecisionTest : public ::testing::TestWithParam<Case> {
 protected:
  PrecisionTest() : golden_(GetParam().golden), checkpoint_(Load(GetParam().path)) {}

  void SetUp() override {
    const absl::Status can = CheckPrecision(GetParam().precision, checkpoint_.config.vision, "cpu");
    if (absl::IsUnavailable(can)) GTEST_SKIP() << can;
    ASSERT_TRUE(can.ok()) << can;
    encoder_ = MakeVisualEncoder(checkpoint_.config, Weights(checkpoint_.tensors).Scope("visual"));
    encoder_->Pack(GetParam().precision);
  }

  at::Tensor GoldenTensor(const std::string& name) const {
    return ViewAsTensor(golden_.Values(name), golden_.Shape(name));
  }

  const c10::InferenceMode no_gradients_;
  Golden golden_;
  Checkpoint checkpoint_;
  std::unique_ptr<VisualEncoder> encoder_;
};

TEST_P(PrecisionTest, FeaturesPointWhereTheyShould) {
  for (int i = 0; golden_.Has("image_" + std::to_string(i)); ++i) {
    const std::string image = "image_" + std::to_string(i), dense = "dense_" + std::to_string(i);
    const at::Tensor features = encoder_->EncodeDense(GoldenTensor(image)), expected = GoldenTensor(dense);
    ASSERT_EQ(features.sizes(), expected.sizes());
    EXPECT_GE(at::cosine_similarity(features, expected, -1).mean().item<double>(), GetParam().least_cosine)
        << image;
    if (GetParam().precision == Precision::kFp32) {
      EXPECT_LE(RelativeError(ToPlainArray(features), golden_.Values(dense)), 1e-5) << image;
    }
  }
}

TEST_P(PrecisionTest, APictureDoesNotDependOnItsNeighbours) {
  const at::Tensor image = GoldenTensor("image_0");
  const at::Tensor alone = encoder_->EncodeDense(image);
  // Neighbours of another scale, which would spoil any that one scale were found for all.
  const at::Tensor batch = at::cat({image * 30, image, image * -5});
  const at::Tensor together = encoder_->EncodeDense(batch).narrow(0, image.size(0), image.size(0));
  const double tolerance = GetParam().precision == Precision::kFp32 ? 1e-5 : 1e-2;
  EXPECT_LE(RelativeError(ToPlainArray(together), ToPlainArray(alone)), tolerance);
  EXPECT_TRUE(together.equal(alone) || GetParam().precision != Precision::kInt8);
}

std::string Vit() { return Fixture("vit/openai_state.pt"); }
std::string VitGolden() { return Fixture("vit/golden.safetensors"); }
std::string OpenClip() { return Fixture("open_clip"); }
std::string OpenClipGolden() { return Fixture("open_clip/golden.safetensors"); }
std::string Mini() { return PIXELCLIP_MODELS "/mini"; }
std::string MiniGolden() { return PIXELCLIP_MODELS "/mini/golden.safetensors"; }

INSTANTIATE_TEST_SUITE_P(
    Encoders, PrecisionTest,
    ::testing::Values(Case{"VitFp32", Vit(), VitGolden(), Precision::kFp32, 0.99999},
                      Case{"VitBf16", Vit(), VitGolden(), Precision::kBf16, 0.999},
                      Case{"VitInt8", Vit(), VitGolden(), Precision::kInt8, 0.99},
                      Case{"OpenClipFp32", OpenClip(), OpenClipGolden(), Precision::kFp32, 0.99999},
                      Case{"OpenClipBf16", OpenClip(), OpenClipGolden(), Precision::kBf16, 0.999},
                      Case{"OpenClipInt8", OpenClip(), OpenClipGolden(), Precision::kInt8, 0.99},
                      Case{"MiniFp32", Mini(), MiniGolden(), Precision::kFp32, 0.99999},
                      Case{"MiniBf16", Mini(), MiniGolden(), Precision::kBf16, 0.99}),
    [](const auto& instance) { return instance.param.name; });

TEST(Precision, EveryLastBlockRunsPacked) {
  const c10::InferenceMode no_gradients;
  Checkpoint checkpoint = Load(Vit());
  const Golden golden(VitGolden());
  const at::Tensor image = ViewAsTensor(golden.Values("image_0"), golden.Shape("image_0"));
  const Weights weights = Weights(checkpoint.tensors).Scope("visual");
  for (const char* name : {"published", "maskclip", "sclip", "clearclip", "naclip"}) {
    std::get<VitConfig>(checkpoint.config.vision).last_block = *LastBlockOfName(name);
    const auto plain = MakeVisualEncoder(checkpoint.config, weights);
    const auto packed = MakeVisualEncoder(checkpoint.config, weights);
    packed->Pack(Precision::kFp32);
    EXPECT_LE(
        RelativeError(ToPlainArray(packed->EncodeDense(image)), ToPlainArray(plain->EncodeDense(image))),
        1e-5)
        << name;
  }
}

TEST(Precision, APackedTextEncoderIsExact) {
  const c10::InferenceMode no_gradients;
  for (const auto& [path, golden_path] :
       {std::pair(Vit(), VitGolden()), std::pair(OpenClip(), OpenClipGolden()),
        std::pair(Mini(), MiniGolden())}) {
    const Checkpoint checkpoint = Load(path);
    TextEncoder encoder(checkpoint.config.text, Weights(checkpoint.tensors));
    encoder.Pack();
    const Golden golden(golden_path);
    const std::vector<float>& ids = golden.Values("token_ids");
    const int64_t length = golden.Shape("token_ids")[1];
    std::vector<std::vector<int32_t>> texts;
    for (auto row = ids.begin(); row != ids.end(); row += length) texts.emplace_back(row, row + length);
    EXPECT_LE(RelativeError(ToPlainArray(encoder.Encode(texts)), golden.Values("text")), 1e-5) << path;
  }
}

TEST(Precision, NamesGoBothWays) {
  for (const Precision precision : {Precision::kFp32, Precision::kBf16, Precision::kInt8}) {
    EXPECT_EQ(PrecisionOfName(PrecisionName(precision)), precision);
  }
  EXPECT_FALSE(PrecisionOfName("fp16"));
  EXPECT_FALSE(PrecisionOfName(""));
}

TEST(Precision, RefusesWhatThereIsNot) {
  EXPECT_TRUE(CheckPrecision(Precision::kFp32, EfficientNetConfig(), "cuda:0").ok());
  const absl::Status convolutions = CheckPrecision(Precision::kInt8, EfficientNetConfig(), "cpu");
  EXPECT_TRUE(absl::IsInvalidArgument(convolutions));
  EXPECT_THAT(convolutions.message(), HasSubstr("precision int8: an EfficientNet"));
  EXPECT_TRUE(CheckPrecision(Precision::kBf16, VitConfig(), "cuda:0").ok());
  const absl::Status gpu = CheckPrecision(Precision::kInt8, VitConfig(), "cuda:0");
  EXPECT_TRUE(absl::IsInvalidArgument(gpu));
  EXPECT_THAT(gpu.message(), HasSubstr("only on the CPU, not on cuda:0"));
}

TEST(Precision, ASegmenterSaysWhichItHas) {
  SegmenterOptions options;
  const auto exact = Segmenter::Load(Vit(), options);
  ASSERT_TRUE(exact.ok()) << exact.status();
  EXPECT_EQ((*exact)->precision(), Precision::kFp32);

  options.precision = Precision::kInt8;
  EXPECT_TRUE(absl::IsInvalidArgument(Segmenter::Load(Mini(), options).status()));
  const auto quantized = Segmenter::Load(Vit(), options);
  if (absl::IsUnavailable(quantized.status())) GTEST_SKIP() << quantized.status();
  ASSERT_TRUE(quantized.ok()) << quantized.status();
  EXPECT_EQ((*quantized)->precision(), Precision::kInt8);
  EXPECT_LT((*quantized)->memory_bytes(), (*exact)->memory_bytes());
  const std::vector<std::string> texts = {"a cat", "a photo of a dog in the scene"};
  EXPECT_EQ((*quantized)->EncodeTexts(texts)->values, (*exact)->EncodeTexts(texts)->values);
}

}  // namespace
}  // namespace pixelclip
