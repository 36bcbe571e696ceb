#include "core/checkpoint/checkpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/core/checkpoint/test_files.h"

namespace pixelclip {
namespace {

const VitConfig& Vit(const ModelConfig& config) { return std::get<VitConfig>(config.vision); }
VitConfig& Vit(ModelConfig& config) { return std::get<VitConfig>(config.vision); }

using ::testing::AllOf;
using ::testing::HasSubstr;

// The message with which it is refused; empty if it is not.
std::string Refusal(const std::string& path, const LoadOptions& options = {}) {
  return std::string(LoadCheckpoint(path, options).status().message());
}

TEST(CheckpointTest, ReadsEveryLayoutOfTheSameWeights) {
  const absl::StatusOr<Checkpoint> state = LoadCheckpoint(Fixture("vit/openai_state.pt"));
  const absl::StatusOr<Checkpoint> script = LoadCheckpoint(Fixture("vit/openai_jit.pt"));
  const absl::StatusOr<Checkpoint> pixelclip = LoadCheckpoint(Fixture("vit/pixelclip.pth"));
  ASSERT_TRUE(state.ok()) << state.status();
  ASSERT_TRUE(script.ok()) << script.status();
  ASSERT_TRUE(pixelclip.ok()) << pixelclip.status();
  EXPECT_EQ(state->layout, Layout::kOpenAi);
  EXPECT_EQ(state->format, "torch zip");
  EXPECT_EQ(script->layout, Layout::kOpenAi);
  EXPECT_EQ(script->format, "TorchScript");
  EXPECT_EQ(pixelclip->layout, Layout::kPixelClip);
  ASSERT_TRUE(pixelclip->prompt_tokens.has_value());
  EXPECT_EQ(pixelclip->prompt_tokens->shape, (std::vector<int64_t>{64, 4, 128}));
  EXPECT_NE(state->version, script->version);
  EXPECT_EQ(state->version.size(), 12u);

  // The script keeps the logit scale as half, the state dict as float32.
  std::map<std::string, StoredTensor> state_tensors = state->tensors;
  std::map<std::string, StoredTensor> script_tensors = script->tensors;
  EXPECT_NEAR(ToFloat32(state_tensors["logit_scale"])[0], ToFloat32(script_tensors["logit_scale"])[0], 2e-3);
  state_tensors.erase("logit_scale");
  script_tensors.erase("logit_scale");
  ExpectSameTensors(state_tensors, script_tensors);
  ExpectSameTensors(state->tensors, pixelclip->tensors);

  for (const auto* checkpoint : {&*state, &*script, &*pixelclip}) {
    const ModelConfig& config = checkpoint->config;
    EXPECT_EQ(config.embed_dim, 64);
    EXPECT_EQ(Vit(config).width, 128);
    EXPECT_EQ(Vit(config).layers, 3);
    EXPECT_EQ(Vit(config).heads, 2);
    EXPECT_EQ(Vit(config).mlp_width, 512);
    EXPECT_EQ(Vit(config).patch_size, 16);
    EXPECT_EQ(Vit(config).grid_height, 4);
    EXPECT_EQ(Vit(config).grid_width, 4);
    EXPECT_EQ(config.text.width, 128);
    EXPECT_EQ(config.text.layers, 2);
    EXPECT_EQ(config.text.heads, 2);
    EXPECT_EQ(config.text.pooling, TextPooling::kLargestId);
    EXPECT_EQ(Vit(config).activation, Activation::kQuickGelu);
    EXPECT_EQ(config.text.activation, Activation::kQuickGelu);
  }
}

TEST(CheckpointTest, ReadsHuggingFace) {
  const absl::StatusOr<Checkpoint> checkpoint = LoadCheckpoint(Fixture("hf"));
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.status();
  EXPECT_EQ(checkpoint->layout, Layout::kHuggingFace);
  EXPECT_EQ(checkpoint->config.text.width, 64);
  EXPECT_EQ(checkpoint->config.text.heads, 1);
  EXPECT_EQ(checkpoint->config.text.pooling, TextPooling::kEndTokenId);
  EXPECT_EQ(checkpoint->config.text.end_token_id, 49407);
  EXPECT_EQ(Vit(checkpoint->config).activation, Activation::kQuickGelu);

  const absl::StatusOr<SafetensorsFile> file = SafetensorsFile::Open(Fixture("hf/model.safetensors"));
  ASSERT_TRUE(file.ok()) << file.status();
  const std::vector<float> joined =
      ToFloat32(checkpoint->tensors.at("visual.transformer.resblocks.1.attn.in_proj_weight"));
  std::vector<float> parts;
  for (const std::string part : {"q", "k", "v"}) {
    const std::vector<float> values =
        ToFloat32(file->tensors().at("vision_model.encoder.layers.1.self_attn." + part + "_proj.weight"));
    parts.insert(parts.end(), values.begin(), values.end());
  }
  EXPECT_EQ(joined, parts);
  EXPECT_EQ(ToFloat32(checkpoint->tensors.at("visual.proj")),
            ToFloat32(Transposed(file->tensors().at("visual_projection.weight"))));
}

TEST(CheckpointTest, ReadsOpenClip) {
  for (const std::string path : {"open_clip", "open_clip/open_clip_model.safetensors"}) {
    const absl::StatusOr<Checkpoint> checkpoint = LoadCheckpoint(Fixture(path));
    ASSERT_TRUE(checkpoint.ok()) << checkpoint.status();
    EXPECT_EQ(checkpoint->layout, Layout::kOpenClip);
    EXPECT_EQ(Vit(checkpoint->config).activation, Activation::kGelu);
    EXPECT_EQ(checkpoint->config.text.activation, Activation::kGelu);
    EXPECT_EQ(Vit(checkpoint->config).heads, 2);
    EXPECT_EQ(checkpoint->config.text.heads, 1);
  }
}

TEST(CheckpointTest, WritesOpenClipOutOfEveryLayout) {
  for (const std::string path : {"vit/openai_jit.pt", "vit/pixelclip.pth", "hf", "open_clip"}) {
    const absl::StatusOr<Checkpoint> original = LoadCheckpoint(Fixture(path));
    ASSERT_TRUE(original.ok()) << original.status();
    const TemporaryDirectory directory;
    ASSERT_TRUE(WriteOpenClip(*original, directory.path() + "/new/folder").ok());
    const absl::StatusOr<Checkpoint> written = LoadCheckpoint(directory.path() + "/new/folder");
    ASSERT_TRUE(written.ok()) << written.status();
    EXPECT_EQ(written->layout, Layout::kOpenClip);
    ExpectSameTensors(original->tensors, written->tensors);
    EXPECT_EQ(original->tensors.at("visual.conv1.weight").dtype,
              written->tensors.at("visual.conv1.weight").dtype);
    EXPECT_EQ(Vit(original->config).activation, Vit(written->config).activation);
    EXPECT_EQ(Vit(original->config).heads, Vit(written->config).heads);
    EXPECT_EQ(original->config.text.heads, written->config.text.heads);
  }
}

TEST(CheckpointTest, WritesWhatTheDefaultsDoNotSay) {
  TinyClip clip;
  Checkpoint checkpoint;
  checkpoint.tensors = clip.tensors;
  checkpoint.config = clip.config;
  Vit(checkpoint.config).layer_norm_eps = 1e-6;
  checkpoint.config.text.pooling = TextPooling::kEndTokenId;
  checkpoint.config.text.end_token_id = 7;
  checkpoint.config.image_mean = {0.5, 0.5, 0.5};
  const TemporaryDirectory directory;
  ASSERT_TRUE(WriteOpenClip(checkpoint, directory.path()).ok());
  const absl::StatusOr<Checkpoint> written = LoadCheckpoint(directory.path());
  ASSERT_TRUE(written.ok()) << written.status();
  EXPECT_EQ(Vit(written->config).layer_norm_eps, 1e-6);
  EXPECT_EQ(written->config.text.layer_norm_eps, 1e-5);
  EXPECT_EQ(written->config.text.end_token_id, 7);
  EXPECT_EQ(written->config.image_mean[1], 0.5);

  checkpoint.config.text.activation = Activation::kGelu;
  EXPECT_EQ(WriteOpenClip(checkpoint, directory.path()).code(), absl::StatusCode::kFailedPrecondition);
}

class TinyClipTest : public ::testing::Test {
 protected:
  std::string Write() { return clip_.WriteTo(directory_.path() + "/weights"); }
  std::string WriteWithConfig(const std::string& config) {
    directory_.Write("anything.json", config);
    return Write();
  }
  // The configuration with one more key in a section.
  std::string RefusalOf(const std::string& section, const std::string& key, const nlohmann::json& value) {
    nlohmann::json config = nlohmann::json::parse(TinyClip::kOpenClipConfig);
    (section.empty() ? config["model_cfg"] : config["model_cfg"][section])[key] = value;
    return Refusal(WriteWithConfig(config.dump()));
  }

  TinyClip clip_;
  TemporaryDirectory directory_;
};

TEST_F(TinyClipTest, BareWeightsNeedAnActivation) {
  const std::string path = Write();
  EXPECT_THAT(Refusal(path), HasSubstr("--activation quick_gelu|gelu"));
  for (const Activation activation : {Activation::kQuickGelu, Activation::kGelu}) {
    const absl::StatusOr<Checkpoint> checkpoint = LoadCheckpoint(path, {activation});
    ASSERT_TRUE(checkpoint.ok()) << checkpoint.status();
    EXPECT_EQ(Vit(checkpoint->config).activation, activation);
    EXPECT_EQ(checkpoint->activation_source, "named by the user");
  }
}

TEST_F(TinyClipTest, OpenAisScalarsDetermineIt) {
  clip_.Add("input_resolution", {}, DType::kI64);
  const auto set = [&](int64_t value) {
    std::memcpy(const_cast<std::byte*>(clip_.tensors["input_resolution"].data), &value, 8);
    return Write();
  };
  EXPECT_TRUE(LoadCheckpoint(set(8)).ok()) << LoadCheckpoint(set(8)).status();
  EXPECT_EQ(LoadCheckpoint(set(8))->config.text.activation, Activation::kQuickGelu);
  EXPECT_THAT(Refusal(set(8), {Activation::kGelu}),
              HasSubstr("gelu was asked for, but the scalar input_resolution"));
  EXPECT_THAT(Refusal(set(224)), HasSubstr("input_resolution is not 8"));
}

TEST_F(TinyClipTest, OpenAisMixtureOfDTypesSuggestsIt) {
  clip_.Add("logit_scale", {}, DType::kF32);
  const std::string path = Write();
  ASSERT_TRUE(LoadCheckpoint(path).ok()) << LoadCheckpoint(path).status();
  EXPECT_EQ(Vit(LoadCheckpoint(path)->config).activation, Activation::kQuickGelu);
  EXPECT_EQ(Vit(LoadCheckpoint(path, {Activation::kGelu})->config).activation, Activation::kGelu);
}

TEST_F(TinyClipTest, WideBareModelsNeedAConfiguration) {
  TinyClip wide;
  Vit(wide.config).width = 1280;
  wide.tensors.clear();
  for (const auto& [name, shape] : ExpectedTensors(wide.config)) wide.Add(name, shape);
  const std::string path = wide.WriteTo(directory_.path() + "/wide");
  EXPECT_THAT(Refusal(path, {Activation::kGelu}), HasSubstr("its number of heads is not known"));
}

TEST_F(TinyClipTest, ConfigurationIsFoundByContentAndDecides) {
  const std::string path = WriteWithConfig(TinyClip::kOpenClipConfig);
  const absl::StatusOr<Checkpoint> checkpoint = LoadCheckpoint(path);
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.status();
  EXPECT_EQ(checkpoint->layout, Layout::kOpenClip);
  EXPECT_EQ(checkpoint->config.text.activation, Activation::kQuickGelu);
  EXPECT_THAT(Refusal(path, {Activation::kGelu}), HasSubstr("gelu was asked for"));
  directory_.Write("another.json", TinyClip::kOpenClipConfig);
  EXPECT_THAT(Refusal(path), HasSubstr("expected one configuration of OpenCLIP"));
}

TEST_F(TinyClipTest, ContradictionsNameBothSides) {
  EXPECT_THAT(RefusalOf("vision_cfg", "layers", 12),
              HasSubstr("vision_cfg.layers is 12, but the tensors say 1"));
  EXPECT_THAT(RefusalOf("vision_cfg", "width", 32), HasSubstr("width is 32, but the tensors say 64"));
  EXPECT_THAT(RefusalOf("vision_cfg", "patch_size", nullptr),
              HasSubstr("patch_size is absent, which means 16, but the tensors say 4"));
  EXPECT_THAT(RefusalOf("vision_cfg", "image_size", 224), HasSubstr("makes 56x56 positions"));
  EXPECT_THAT(RefusalOf("vision_cfg", "image_size", {8, 16}), HasSubstr("makes 2x4 positions"));
  EXPECT_THAT(RefusalOf("text_cfg", "context_length", nullptr),
              HasSubstr("absent, which means 77, but the tensors say 8"));
  EXPECT_THAT(RefusalOf("text_cfg", "heads", 5), HasSubstr("5 heads cannot share a width of 64"));
  EXPECT_THAT(RefusalOf("text_cfg", "mlp_ratio", 2), HasSubstr("mlp_ratio is 2"));
  EXPECT_THAT(RefusalOf("text_cfg", "norm_kwargs", {{"eps", 0}}), HasSubstr("epsilon is 0"));
  EXPECT_THAT(RefusalOf("", "embed_dim", 512), HasSubstr("embed_dim is 512, but the tensors say 16"));
  EXPECT_THAT(RefusalOf("vision_cfg", "width", "wide"),
              HasSubstr("width is \"wide\", expected a positive integer"));
  EXPECT_THAT(RefusalOf("", "vision_cfg", 5), HasSubstr("expected an object"));
}

TEST_F(TinyClipTest, OtherComputationsAreRefusedByTheirKey) {
  EXPECT_THAT(RefusalOf("vision_cfg", "ls_init_value", 1e-5), HasSubstr("ls_init_value"));
  EXPECT_THAT(RefusalOf("vision_cfg", "attentional_pool", true),
              HasSubstr("attentional_pool is true; only false"));
  EXPECT_THAT(RefusalOf("vision_cfg", "pool_type", "avg"), HasSubstr("pool_type is \"avg\"; only \"tok\""));
  EXPECT_THAT(RefusalOf("vision_cfg", "no_ln_pre", true), HasSubstr("no_ln_pre"));
  EXPECT_THAT(RefusalOf("vision_cfg", "timm_model_name", "convnext_base"), HasSubstr("timm_model_name"));
  EXPECT_THAT(RefusalOf("vision_cfg", "act_kwargs", {{"approximate", "tanh"}}), HasSubstr("act_kwargs"));
  EXPECT_THAT(RefusalOf("text_cfg", "pool_type", "last"), HasSubstr("pool_type is \"last\""));
  EXPECT_THAT(RefusalOf("text_cfg", "no_causal_mask", true), HasSubstr("no_causal_mask"));
  EXPECT_THAT(RefusalOf("text_cfg", "hf_model_name", "roberta-base"), HasSubstr("hf_model_name"));
  EXPECT_THAT(RefusalOf("", "multimodal_cfg", {{"width", 1}}), HasSubstr("multimodal_cfg is an object"));
  EXPECT_THAT(RefusalOf("", "brand_new", 1), HasSubstr("brand_new is not known"));
  EXPECT_EQ(RefusalOf("vision_cfg", "patch_dropout", 0.5), "");
}

TEST_F(TinyClipTest, ReadsTowersOfTheirOwnAndGridsThatAreNotSquare) {
  Vit(clip_.config).grid_width = 3;
  clip_.Add("visual.positional_embedding", {7, 64});
  for (const char* name :
       {"token_embedding", "positional_embedding", "transformer", "ln_final", "text_projection"}) {
    clip_.Rename(name, std::string("text.") + name);
  }
  clip_.Add("text.attn_mask", {8, 8});
  EXPECT_EQ(RefusalOf("vision_cfg", "image_size", {8, 12}), "");
  EXPECT_THAT(Refusal(clip_.WriteTo(directory_.path() + "/weights"), {Activation::kGelu}),
              HasSubstr("was asked for"));
  std::filesystem::remove(directory_.path() + "/anything.json");
  EXPECT_THAT(Refusal(Write(), {Activation::kGelu}), HasSubstr("7 positions, expected a square grid"));
}

TEST_F(TinyClipTest, MissingUnexpectedAndMisshapenTensorsAreNamed) {
  TinyClip missing;
  missing.tensors.erase("visual.ln_post.bias");
  missing.tensors.erase("transformer.resblocks.0.mlp.c_proj.bias");
  EXPECT_THAT(Refusal(missing.WriteTo(directory_.path() + "/missing"), {Activation::kGelu}),
              HasSubstr("transformer.resblocks.0.mlp.c_proj.bias, visual.ln_post.bias are missing"));
  TinyClip unexpected;
  unexpected.Add("visual.attn_pool.query", {1});
  EXPECT_THAT(Refusal(unexpected.WriteTo(directory_.path() + "/more"), {Activation::kGelu}),
              HasSubstr("visual.attn_pool.query belong to no such CLIP"));
  TinyClip misshapen;
  misshapen.Add("visual.ln_pre.weight", {63});
  EXPECT_THAT(Refusal(misshapen.WriteTo(directory_.path() + "/shape"), {Activation::kGelu}),
              HasSubstr("'visual.ln_pre.weight' has shape [63], expected [64]"));
  TinyClip integer;
  integer.Add("visual.ln_pre.weight", {64}, DType::kI32);
  EXPECT_THAT(Refusal(integer.WriteTo(directory_.path() + "/integer"), {Activation::kGelu}),
              HasSubstr("is of I32"));
  TinyClip gap;
  gap.Rename("transformer.resblocks.0.", "transformer.resblocks.3.");
  EXPECT_THAT(Refusal(gap.WriteTo(directory_.path() + "/gap"), {Activation::kGelu}),
              HasSubstr("resblocks.0."));
}

TEST_F(TinyClipTest, OtherModelsAreRefusedWithTheirName) {
  const std::tuple<const char*, const char*, const char*> cases[] = {
      {"visual.conv1.", "visual.layer1.0.conv1.", "a ResNet"},
      {"visual.conv1.", "visual.trunk.stem.", "another trunk of timm"},
      {"logit_scale", "logit_bias", "SigLIP"},
      {"token_embedding.", "x.", "a visual encoder alone"},
      {"visual.conv1.", "x.", "a text encoder alone"},
  };
  for (const auto& [from, to, message] : cases) {
    TinyClip clip;
    clip.Rename(from, to);
    const absl::Status status = LoadCheckpoint(clip.WriteTo(directory_.path() + "/other")).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kUnimplemented);
    EXPECT_THAT(std::string(status.message()), HasSubstr(message));
  }
}

TEST_F(TinyClipTest, PixelClipMayHoldAnythingBesideTheStudent) {
  clip_.Rename("", "sem_seg_head.predictor.clip_model.");
  clip_.Add("sem_seg_head.predictor.prompt_tokens", {3, 4, 64}, DType::kF32);
  clip_.Add("pixel_mean", {3});
  const absl::StatusOr<Checkpoint> checkpoint = LoadCheckpoint(Write());
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.status();
  EXPECT_EQ(checkpoint->layout, Layout::kPixelClip);
  EXPECT_EQ(checkpoint->prompt_tokens->shape, (std::vector<int64_t>{3, 4, 64}));

  clip_.Add("sem_seg_head.predictor.prompt_tokens", {3, 4, 65}, DType::kF32);
  EXPECT_THAT(Refusal(Write()), HasSubstr("has shape [3, 4, 65], expected [clusters, tokens, 64]"));
  clip_.Rename("sem_seg_head.predictor.clip_model.visual.conv1.",
               "sem_seg_head.predictor.clip_model.visual.trunk.");
  EXPECT_THAT(Refusal(Write()), HasSubstr("another trunk of timm"));
}

TEST_F(TinyClipTest, OtherFilesAreRefusedWithTheirName) {
  const std::pair<std::string, const char*> cases[] = {
      {"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n", "Git LFS pointer"},
      {"GGUF\x03", "a GGUF file"},
      {std::string("\x08\x07\x12\x07pytorch", 11), "an ONNX model"},
      {"\x89HDF\r\n", "an HDF5 file"},
      {R"({"metadata": {}, "weight_map": {"a": "b"}})", "split over several files"},
      {"\x80\x04N.", "a pickle that torch.save did not write"},
      {"hello", "an unknown format"},
  };
  for (const auto& [bytes, message] : cases) {
    EXPECT_THAT(Refusal(directory_.Write("file", bytes)), HasSubstr(message));
  }
  EXPECT_THAT(Refusal(directory_.path() + "/nothing"), HasSubstr("No such file"));
}

TEST_F(TinyClipTest, DirectoriesHoldOneModel) {
  EXPECT_THAT(Refusal(directory_.path()), HasSubstr("no weight file in this directory"));
  directory_.Write("README.md", "# Weights");
  directory_.Write("pointer", "version https://git-lfs.github.com/spec/v1\n");
  EXPECT_THAT(Refusal(directory_.path()), HasSubstr("Git LFS pointer"));
  WriteWithConfig(TinyClip::kOpenClipConfig);
  EXPECT_EQ(Refusal(directory_.path()), "");
  directory_.Copy(TorchSample("zip.pt"), "optimizer.pt");
  EXPECT_EQ(Refusal(directory_.path()), "") << "a file that is no model does not count";
  directory_.Copy(directory_.path() + "/weights", "copy");
  EXPECT_THAT(Refusal(directory_.path()), HasSubstr("name the one that is meant"));
  std::filesystem::remove(directory_.path() + "/copy");

  EXPECT_THAT(Refusal(Fixture("vit")), HasSubstr("name the one that is meant"));
}

TEST_F(TinyClipTest, WeightsMayBeSplitOverSeveralFiles) {
  const std::string whole = WriteWithConfig(TinyClip::kOpenClipConfig);
  const absl::StatusOr<Checkpoint> expected = LoadCheckpoint(whole);
  ASSERT_TRUE(expected.ok()) << expected.status();
  std::filesystem::remove(whole);

  const std::map<std::string, StoredTensor> all = clip_.tensors;
  const auto middle = all.find("visual.proj");
  clip_.tensors = {all.begin(), middle};
  clip_.WriteTo(directory_.path() + "/part-1");
  clip_.tensors = {middle, all.end()};
  clip_.WriteTo(directory_.path() + "/part-2");
  const auto index = [&](const std::string& second) {
    return directory_.Write(
        "index.json", R"({"weight_map": {"logit_scale": "part-1", "visual.proj": ")" + second + R"("}})");
  };
  EXPECT_THAT(Refusal(index("part-2")), HasSubstr("expected the directory that holds them"));
  const absl::StatusOr<Checkpoint> split = LoadCheckpoint(directory_.path());
  ASSERT_TRUE(split.ok()) << split.status();
  EXPECT_EQ(split->weight_file, directory_.path() + "/part-1");
  ASSERT_EQ(split->tensors.size(), expected->tensors.size());
  for (const auto& [name, tensor] : expected->tensors) {
    EXPECT_EQ(ToFloat32(split->tensors.at(name)), ToFloat32(tensor)) << name;
  }

  index("part-3");
  EXPECT_THAT(Refusal(directory_.path()), AllOf(HasSubstr("part-3"), HasSubstr("No such file")));
  index("../part-2");
  EXPECT_THAT(Refusal(directory_.path()), HasSubstr("names of files beside it"));
  index("part-1");
  EXPECT_THAT(Refusal(directory_.path()), HasSubstr("visual"));
  directory_.Copy(directory_.path() + "/part-1", "part-3");
  index("part-3");
  EXPECT_THAT(Refusal(directory_.path()), HasSubstr("is in two of its files"));
}

TEST_F(TinyClipTest, SafetensorsGoBeforePickles) {
  directory_.Copy(Fixture("vit/openai_state.pt"), "pytorch_model.bin");
  clip_.Add("logit_scale", {}, DType::kF32);
  const std::string path = Write();
  EXPECT_EQ(LoadCheckpoint(directory_.path())->weight_file, path);
}

TEST(RefinerTest, LiesInAFileOfItsOwnBesideTheWeights) {
  TinyClip clip;
  EfficientNetConfig vision;
  vision.image_size = 320;
  vision.output_stride = 16;
  vision.refiner_width = 8;
  clip.config.vision = vision;
  clip.tensors.clear();
  for (const auto& [name, shape] : ExpectedTensors(clip.config)) clip.Add(name, shape);
  Checkpoint written;
  written.config = clip.config;
  written.config.text.activation = Activation::kGelu;
  written.tensors = clip.tensors;
  const TemporaryDirectory directory;
  ASSERT_TRUE(WriteOpenClip(written, directory.path()).ok());

  const std::string refiner = directory.path() + "/dense_refiner.safetensors";
  const absl::StatusOr<SafetensorsFile> apart = SafetensorsFile::Open(refiner);
  ASSERT_TRUE(apart.ok()) << apart.status();
  EXPECT_EQ(apart->tensors().count("pointwise.weight"), 1u);
  const absl::StatusOr<SafetensorsFile> rest =
      SafetensorsFile::Open(directory.path() + "/open_clip_model.safetensors");
  ASSERT_TRUE(rest.ok()) << rest.status();
  for (const auto& [name, tensor] : rest->tensors())
    EXPECT_EQ(name.find("refiner"), std::string::npos) << name;

  const absl::StatusOr<Checkpoint> read = LoadCheckpoint(directory.path());
  ASSERT_TRUE(read.ok()) << read.status();
  ExpectSameTensors(read->tensors, written.tensors);
  const auto& read_vision = std::get<EfficientNetConfig>(read->config.vision);
  EXPECT_EQ(read_vision.refiner_width, 8);
  EXPECT_EQ(read_vision.dense_stride(), 8);

  // The version covers both files.
  clip.Add("visual.refiner.reduce.bias", {8});
  written.tensors = clip.tensors;
  ASSERT_TRUE(WriteOpenClip(written, directory.path()).ok());
  EXPECT_NE(LoadCheckpoint(directory.path())->version, read->version);

  std::filesystem::rename(refiner, directory.path() + "/elsewhere.safetensors");
  EXPECT_THAT(Refusal(directory.path()), HasSubstr("dense_refiner.safetensors"));
  const std::string config = ReadFile(directory.path() + "/open_clip_config.json");
  std::string outside = config;
  outside.replace(outside.find("dense_refiner"), 5, "../de");
  directory.Write("open_clip_config.json", outside);
  EXPECT_THAT(Refusal(directory.path()), HasSubstr("expected the name of a file beside the weights"));
}

TEST(HuggingFaceTest, SparseConfigurationsMeanTheirDefaults) {
  const TemporaryDirectory directory;
  directory.Copy(Fixture("hf/model.safetensors"), "w");
  const auto with = [&](const nlohmann::json& config) {
    directory.Write("config.json", config.dump());
    return Refusal(directory.path());
  };
  nlohmann::json config = nlohmann::json::parse(ReadFile(Fixture("hf/config.json")));
  EXPECT_EQ(with(config), "");
  nlohmann::json sparse = config;
  sparse.erase("text_config");
  EXPECT_THAT(with(sparse),
              HasSubstr("text_config.hidden_size is absent, which means 512, but the tensors say 64"));
  sparse = config;
  sparse["vision_config"].erase("num_attention_heads");
  EXPECT_THAT(with(sparse), HasSubstr("12 heads cannot share a width of 128"));
  sparse = config;
  sparse.erase("projection_dim");
  EXPECT_THAT(with(sparse), HasSubstr("projection_dim is absent, which means 512"));

  // The older name goes before the newer one, as in transformers.
  nlohmann::json older = config;
  older["text_config_dict"] = config["text_config"];
  older["text_config"] = {{"hidden_size", 5}};
  older["vision_config_dict"] = nullptr;
  EXPECT_EQ(with(older), "");

  nlohmann::json towers = config;
  towers["text_config"]["hidden_act"] = "gelu";
  towers["text_config"]["eos_token_id"] = 2;
  towers["vision_config"]["layer_norm_eps"] = 1e-6;
  ASSERT_EQ(with(towers), "");
  const ModelConfig read = LoadCheckpoint(directory.path())->config;
  EXPECT_EQ(read.text.activation, Activation::kGelu);
  EXPECT_EQ(Vit(read).activation, Activation::kQuickGelu);
  EXPECT_EQ(read.text.pooling, TextPooling::kLargestId);
  EXPECT_EQ(Vit(read).layer_norm_eps, 1e-6);
  EXPECT_THAT(Refusal(directory.path(), {Activation::kGelu}), HasSubstr("(hidden_act) says quick_gelu"));

  nlohmann::json other = config;
  other["vision_config"]["hidden_act"] = "gelu_new";
  EXPECT_THAT(with(other), HasSubstr("hidden_act is \"gelu_new\""));
  other = config;
  other["model_type"] = "siglip";
  EXPECT_THAT(with(other), HasSubstr("model_type is \"siglip\""));
  std::filesystem::remove(directory.path() + "/config.json");
  EXPECT_THAT(Refusal(directory.path()), HasSubstr("expected configuration of Hugging Face (config.json)"));
}

}  // namespace
}  // namespace pixelclip
