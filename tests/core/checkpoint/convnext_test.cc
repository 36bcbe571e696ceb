// CLIPs with a ConvNeXt: OpenCLIP's files of them, and PixelCLIP's.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <numeric>

#include "core/checkpoint/checkpoint.h"
#include "core/checkpoint/convnext_sizes.h"
#include "core/checkpoint/schema.h"
#include "tests/core/checkpoint/test_files.h"

namespace pixelclip {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const ConvNeXtConfig& Vision(const Checkpoint& checkpoint) {
  return std::get<ConvNeXtConfig>(checkpoint.config.vision);
}

// TinyClip's text encoder beside a ConvNeXt of a few channels.
class ConvNeXtCheckpointTest : public ::testing::Test {
 protected:
  ConvNeXtCheckpointTest() { Become(vision_); }

  void Become(const ConvNeXtConfig& vision) {
    vision_ = vision;
    clip_.config.vision = vision;
    clip_.config.text.activation = Activation::kGelu;
    clip_.tensors.clear();
    for (const auto& [name, shape] : ExpectedTensors(clip_.config)) clip_.Add(name, shape);
    checkpoint_.config = clip_.config;
    checkpoint_.tensors = clip_.tensors;
  }

  // What is said of the model when its configuration has this in vision_cfg; empty if it is read.
  std::string RefusalWith(const nlohmann::json& change) {
    EXPECT_TRUE(WriteOpenClip(checkpoint_, directory_.path()).ok());
    nlohmann::json config = nlohmann::json::parse(ReadFile(directory_.path() + "/open_clip_config.json"));
    config["model_cfg"]["vision_cfg"].merge_patch(change);
    directory_.Write("open_clip_config.json", config.dump());
    return std::string(LoadCheckpoint(directory_.path()).status().message());
  }

  ConvNeXtConfig vision_{{1, 2, 1, 1}, {8, 4, 12, 16}};
  TinyClip clip_;
  Checkpoint checkpoint_;
  TemporaryDirectory directory_;
};

TEST(ConvNeXtSizesTest, HaveAsManyParametersAsTimmSays) {
  const std::pair<std::string_view, int64_t> published[] = {
      {"convnext_tiny", 27820128},   {"convnext_small", 49454688},   {"convnext_base", 87566464},
      {"convnext_large", 196230336}, {"convnext_xlarge", 348147968}, {"convnext_xxlarge", 843398016}};
  ASSERT_EQ(std::size(kConvNeXtSizes), std::size(published));
  for (size_t i = 0; i < std::size(published); ++i) {
    ModelConfig config;
    config.vision = ConvNeXtConfig{kConvNeXtSizes[i].depths, kConvNeXtSizes[i].widths};
    int64_t parameters = 0;
    for (const auto& [name, shape] : ExpectedTensors(config)) {
      if (name.rfind("visual.trunk.", 0) != 0) continue;
      parameters += std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies<int64_t>());
    }
    EXPECT_EQ(kConvNeXtSizes[i].name, published[i].first);
    EXPECT_EQ(parameters, published[i].second) << published[i].first;
  }
}

TEST(ConvNeXtFixtureTest, IsReadWithItsFacts) {
  const absl::StatusOr<Checkpoint> checkpoint = LoadCheckpoint(Fixture("convnext"));
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.status();
  EXPECT_EQ(checkpoint->layout, Layout::kOpenClip);
  EXPECT_THAT(Vision(*checkpoint).depths, ElementsAre(1, 1, 2, 1));
  EXPECT_THAT(Vision(*checkpoint).widths, ElementsAre(16, 32, 64, 128));
  EXPECT_EQ(Vision(*checkpoint).layer_norm_eps, 1e-6);
  EXPECT_EQ(Vision(*checkpoint).projection_width, 0);
  EXPECT_EQ(Vision(*checkpoint).image_size, 96);
  EXPECT_EQ(checkpoint->config.embed_dim, 64);
  EXPECT_EQ(checkpoint->config.text.activation, Activation::kGelu);
  EXPECT_EQ(Describe(checkpoint->config), "ConvNeXt, widths 16-32-64-128, blocks 1-1-2-1, 64 dimensions");
  EXPECT_EQ(PublishedResolution(checkpoint->config.vision), 640);

  // Bare weights do not say what their text encoder computes.
  const TemporaryDirectory directory;
  directory.Copy(Fixture("convnext/open_clip_model.safetensors"), "weights");
  EXPECT_THAT(
      std::string(LoadCheckpoint(directory.path(), {Activation::kGelu}).status().message()),
      HasSubstr("found ConvNeXt, widths 16-32-64-128, blocks 1-1-2-1, 64 dimensions, without a config"));
}

TEST_F(ConvNeXtCheckpointTest, IsWrittenForOpenClipAndReadAgain) {
  ConvNeXtConfig vision = vision_;
  vision.projection_width = 10;
  vision.layer_norm_eps = 1e-5;
  vision.image_size = 64;
  Become(vision);
  ASSERT_TRUE(WriteOpenClip(checkpoint_, directory_.path()).ok());
  const absl::StatusOr<Checkpoint> read = LoadCheckpoint(directory_.path());
  ASSERT_TRUE(read.ok()) << read.status();
  ExpectSameTensors(read->tensors, checkpoint_.tensors);
  EXPECT_EQ(Vision(*read).depths, vision.depths);
  EXPECT_EQ(Vision(*read).widths, vision.widths);
  EXPECT_EQ(Vision(*read).projection_width, 10);
  EXPECT_EQ(Vision(*read).layer_norm_eps, 1e-5);
  EXPECT_EQ(Vision(*read).image_size, 64);
}

TEST_F(ConvNeXtCheckpointTest, ConfigurationAndTensorsMustAgree) {
  EXPECT_EQ(RefusalWith(nlohmann::json::object()), "");
  EXPECT_EQ(RefusalWith({{"timm_drop_path", 0.1}, {"timm_model_name", "convnext_base.laion2b"}}), "")
      << "timm_model_kwargs go before the name";
  EXPECT_THAT(
      RefusalWith({{"timm_model_name", "convnext_base"}, {"timm_model_kwargs", nullptr}}),
      HasSubstr("asks for \"convnext_base\" with depths [3, 3, 27, 3] and dims [128, 256, 512, 1024], "
                "but the tensors say [1, 2, 1, 1] and [8, 4, 12, 16]"));
  EXPECT_THAT(RefusalWith({{"timm_model_name", "convnextv2_base"}, {"timm_model_kwargs", nullptr}}),
              HasSubstr("timm_model_name is \"convnextv2_base\"; known are convnext_tiny"));
  EXPECT_THAT(RefusalWith({{"timm_model_kwargs", {{"depths", {1, 2, 2, 1}}}}}),
              HasSubstr("depths [1, 2, 2, 1]"));
  EXPECT_THAT(RefusalWith({{"timm_model_kwargs", {{"depths", {1, 2, -1, 1}}}}}),
              HasSubstr("depths is an array, expected a list of positive integers"));
  EXPECT_THAT(RefusalWith({{"timm_model_kwargs", {{"norm_eps", 2}}}}), HasSubstr("epsilon is 2"));
  EXPECT_THAT(RefusalWith({{"timm_model_kwargs", {{"use_grn", true}}}}), HasSubstr("use_grn is not known"));
  EXPECT_THAT(RefusalWith({{"timm_proj", "mlp"}}),
              HasSubstr("timm_proj is \"mlp\", but the tensors say \"linear\""));
  EXPECT_THAT(RefusalWith({{"timm_pool", "rot_attn"}}), HasSubstr("timm_pool is \"rot_attn\""));
  EXPECT_THAT(RefusalWith({{"image_size", {64, 96}}}), HasSubstr("expected a square"));
}

TEST_F(ConvNeXtCheckpointTest, OtherTensorsAreRefusedByName) {
  clip_.Add("visual.trunk.stages.4.blocks.0.gamma", {8});
  checkpoint_.tensors = clip_.tensors;
  EXPECT_THAT(RefusalWith(nlohmann::json::object()),
              HasSubstr("visual.trunk.stages.4.blocks.0.gamma belong to no such CLIP"));
  clip_.tensors.erase("visual.trunk.stages.4.blocks.0.gamma");
  clip_.tensors.erase("visual.trunk.stages.1.blocks.0.gamma");
  checkpoint_.tensors = clip_.tensors;
  EXPECT_THAT(RefusalWith(nlohmann::json::object()),
              HasSubstr("visual.trunk.stages.1.blocks.0.gamma are missing"));
  clip_.Add("visual.trunk.stages.1.blocks.0.gamma", {3});
  checkpoint_.tensors = clip_.tensors;
  EXPECT_THAT(RefusalWith(nlohmann::json::object()), HasSubstr("gamma' has shape [3], expected [4]"));
}

TEST_F(ConvNeXtCheckpointTest, PixelClipsOwnFilesAreWrittenAndRead) {
  clip_.Rename("", "sem_seg_head.predictor.clip_model.");
  clip_.Add("sem_seg_head.predictor.prompt_tokens", {3, 4, 64}, DType::kF32);
  const std::string path = directory_.path() + "/trained.pth";
  const absl::Status status = WritePixelClip(clip_.config, clip_.tensors, path);
  ASSERT_TRUE(status.ok()) << status;
  const absl::StatusOr<Checkpoint> read = LoadCheckpoint(path);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->layout, Layout::kPixelClip);
  ExpectSameTensors(read->tensors, checkpoint_.tensors);
  EXPECT_EQ(Vision(*read).widths, vision_.widths);
  EXPECT_EQ(Vision(*read).image_size, 320);
  EXPECT_EQ(read->config.text.heads, 1);
  EXPECT_EQ(read->config.text.activation, Activation::kGelu);
  EXPECT_THAT(read->activation_source, HasSubstr("OpenCLIP's ConvNeXt"));
  EXPECT_EQ(read->prompt_tokens->shape, (std::vector<int64_t>{3, 4, 64}));

  ModelConfig other = clip_.config;
  other.text.activation = Activation::kQuickGelu;
  EXPECT_THAT(std::string(WritePixelClip(other, {}, path).message()),
              HasSubstr("implies gelu; the text encoder has quick_gelu"));
  other = clip_.config;
  std::get<ConvNeXtConfig>(other.vision).layer_norm_eps = 1e-5;
  EXPECT_THAT(std::string(WritePixelClip(other, {}, path).message()),
              HasSubstr("epsilon of 1e-06; the visual encoder has 1e-05"));
}

TEST(OtherTrunksTest, AreRefusedByName) {
  const TemporaryDirectory directory;
  const auto refusal = [&](const char* from, const char* to) {
    TinyClip clip;
    clip.Rename(from, to);
    const absl::Status status = LoadCheckpoint(clip.WriteTo(directory.path() + "/weights")).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kUnimplemented);
    return std::string(status.message());
  };
  EXPECT_THAT(refusal("visual.conv1.", "visual.trunk.patch_embed."),
              HasSubstr("another trunk of timm (visual.trunk.*), expected a CLIP with a ViT, a ConvNeXt or"));
  EXPECT_THAT(
      refusal("visual.transformer.", "visual.layer1."),
      HasSubstr("a CLIP with a ResNet (it has tensors called visual.layer1.*), expected a CLIP with a "
                "ViT, a ConvNeXt or an EfficientNet-Lite0"));

  directory.Copy(Fixture("hf/config.json"), "config.json");
  TinyClip strange;
  strange.Rename("visual.conv1.", "vision_model.embeddings.patch_embedding.");
  strange.Rename("token_embedding.", "text_model.embeddings.token_embedding.");
  strange.Add("visual.trunk.stem.0.weight", {8, 3, 4, 4});
  strange.WriteTo(directory.path() + "/weights");
  EXPECT_FALSE(LoadCheckpoint(directory.path()).ok());
}

}  // namespace
}  // namespace pixelclip
