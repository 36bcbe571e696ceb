// OpenCLIP: OpenAI's names, and a configuration that may change nearly everything about the computation.

#include <cmath>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "core/checkpoint/convnext_sizes.h"
#include "core/checkpoint/layout.h"
#include "core/checkpoint/problem.h"
#include "core/checkpoint/safetensors.h"
#include "core/checkpoint/schema.h"

namespace pixelclip {
namespace {

using Keys = std::vector<ConfigSection::KnownKey>;

// Keys with a value are supported with that value only; it is the default. Keys without one either are read
// below or do not touch what is computed here.
const Keys& ModelKeys() {
  static const Keys& keys = *new Keys{
      {"embed_dim", {}},
      {"vision_cfg", {}},
      {"text_cfg", {}},
      {"quick_gelu", {}},
      {"custom_text", {}},
      {"init_logit_scale", {}},
      {"init_logit_bias", nullptr},
      {"nonscalar_logit_scale", {}},
      {"cast_dtype", {}},
      {"output_dict", {}},
      {"multimodal_cfg", nullptr},
  };
  return keys;
}

const Keys& BlockKeys() {
  static const Keys& keys = *new Keys{
      {"width", {}},
      {"layers", {}},
      {"mlp_ratio", {}},
      {"norm_kwargs", {}},
      {"output_tokens", {}},
      {"act_kwargs", nullptr},
      {"ls_init_value", nullptr},
      {"block_type", "default"},
      {"qk_norm", false},
      {"scale_attn", false},
      {"scaled_cosine_attn", false},
      {"scale_heads", false},
      {"scale_attn_inner", false},
      {"scale_fc", false},
      {"final_ln_after_pool", false},
  };
  return keys;
}

Keys With(Keys keys, const Keys& more) {
  keys.insert(keys.end(), more.begin(), more.end());
  return keys;
}

const Keys& VisionKeys() {
  static const Keys& keys = *new Keys(With(BlockKeys(), {{"head_width", {}},
                                                         {"patch_size", {}},
                                                         {"image_size", {}},
                                                         {"patch_dropout", {}},
                                                         {"attentional_pool", false},
                                                         {"attn_pooler_queries", {}},
                                                         {"attn_pooler_heads", {}},
                                                         {"no_ln_pre", false},
                                                         {"pos_embed_type", "learnable"},
                                                         {"pool_type", "tok"},
                                                         {"input_patchnorm", false},
                                                         {"global_average_pool", false},
                                                         {"timm_model_name", nullptr},
                                                         {"timm_model_pretrained", {}},
                                                         {"timm_pool", {}},
                                                         {"timm_proj", {}},
                                                         {"timm_proj_bias", {}},
                                                         {"timm_drop", {}},
                                                         {"timm_drop_path", {}}}));
  return keys;
}

const Keys& TrunkKeys() {
  static const Keys& keys = *new Keys{
      {"timm_model_name", {}},   {"timm_model_pretrained", {}},
      {"timm_pool", ""},         {"timm_proj", {}},
      {"timm_proj_bias", false}, {"timm_drop", {}},
      {"timm_drop_path", {}},    {"image_size", {}},
      {"timm_model_kwargs", {}},
  };
  return keys;
}

const Keys& TextKeys() {
  static const Keys& keys = *new Keys(With(BlockKeys(), {{"context_length", {}},
                                                         {"vocab_size", {}},
                                                         {"heads", {}},
                                                         {"pool_type", {}},
                                                         {"eos_id", {}},
                                                         {"pad_id", {}},
                                                         {"hf_tokenizer_name", nullptr},
                                                         {"tokenizer_mode", nullptr},
                                                         {"tokenizer_kwargs", nullptr},
                                                         {"embed_cls", false},
                                                         {"no_causal_mask", false},
                                                         {"proj_bias", false},
                                                         {"proj_type", "linear"},
                                                         {"hf_model_name", nullptr},
                                                         {"hf_model_pretrained", {}},
                                                         {"hf_proj_type", {}},
                                                         {"hf_pooler_type", {}}}));
  return keys;
}

double LayerNormEps(const ConfigSection& tower, double fallback) {
  const ConfigSection norm = tower.Section("norm_kwargs");
  norm.AllowOnly({{"eps", {}}});
  return norm.Number("eps", fallback);
}

void CheckMlp(const ConfigSection& tower, int64_t width, int64_t mlp_width) {
  const double ratio = tower.Number("mlp_ratio", 4.0);
  if (std::floor(static_cast<double>(width) * ratio) == static_cast<double>(mlp_width)) return;
  tower.Refuse(Invalid(tower.name(), ".mlp_ratio is ", ratio, ", but the tensors have a width of ", width,
                       " and an MLP of ", mlp_width));
}

// What all trunks of timm have in common. Returns the side of the pictures.
int64_t ReadTrunk(const ConfigSection& section, ImageSize image_size, const char* projection) {
  section.AllowOnly(TrunkKeys());
  const std::string said = section.Text("timm_proj", "linear");
  if (said != projection) {
    section.Refuse(
        Invalid(section.name(), ".timm_proj is \"", said, "\", but the tensors say \"", projection, "\""));
  }
  if (image_size.first != image_size.second) {
    section.Refuse(Invalid(section.name(), ".image_size is ", image_size.first, "x", image_size.second,
                           ", expected a square"));
  }
  return image_size.first;
}

// `dense` is our own section, which OpenCLIP passes over: how densely the trunk is to be sampled.
void ReadEfficientNet(const ConfigSection& section, const ConfigSection& dense, ImageSize image_size,
                      EfficientNetConfig& trunk) {
  trunk.image_size = ReadTrunk(section, image_size, "linear");
  section.Section("timm_model_kwargs").AllowOnly({});
  const std::string name = section.Text("timm_model_name", "");
  if (name != "tf_efficientnet_lite0") {
    section.Refuse(
        Unsupported(section.name(), ".timm_model_name is \"", name,
                    "\"; the tensors look like tf_efficientnet_lite0, and only that is supported"));
  }
  dense.AllowOnly({{"output_stride", {}}, {"refiner", {}}});
  trunk.output_stride = dense.Positive("output_stride", 32);
  if (trunk.output_stride != 32 && trunk.output_stride != 16) {
    dense.Refuse(Invalid(dense.name(), ".output_stride is ", trunk.output_stride, ", expected 32 or 16"));
  }
}

// One of timm's names says all dimensions. Other dimensions than timm's are in timm_model_kwargs.
void ReadConvNeXt(const ConfigSection& section, ImageSize image_size, ConvNeXtConfig& trunk) {
  trunk.image_size = ReadTrunk(section, image_size, trunk.projection_width > 0 ? "mlp" : "linear");
  const std::string name = section.Text("timm_model_name", "");
  const std::string architecture = name.substr(0, name.find('.'));  // the rest names weights
  std::vector<int64_t> depths, dims;
  for (const ConvNeXtSize& size : kConvNeXtSizes) {
    if (size.name != architecture) continue;
    depths.assign(size.depths.begin(), size.depths.end());
    dims.assign(size.widths.begin(), size.widths.end());
    trunk.layer_norm_eps = size.layer_norm_eps;
  }
  const ConfigSection others = section.Section("timm_model_kwargs");
  others.AllowOnly({{"depths", {}}, {"dims", {}}, {"norm_eps", {}}});
  depths = others.Positives("depths", depths);
  dims = others.Positives("dims", dims);
  trunk.layer_norm_eps = others.Number("norm_eps", trunk.layer_norm_eps);
  if (depths.empty() || dims.empty()) {
    return section.Refuse(
        Unsupported(section.name(), ".timm_model_name is \"", name,
                    "\"; known are convnext_tiny, _small, _base, _large, _xlarge, _xxlarge, ",
                    "and other names with depths and dims in timm_model_kwargs"));
  }
  const std::vector<int64_t> by_tensors[] = {{trunk.depths.begin(), trunk.depths.end()},
                                             {trunk.widths.begin(), trunk.widths.end()}};
  if (depths == by_tensors[0] && dims == by_tensors[1]) return;
  section.Refuse(Invalid(section.name(), " asks for \"", name, "\" with depths ", ShapeString(depths),
                         " and dims ", ShapeString(dims), ", but the tensors say ",
                         ShapeString(by_tensors[0]), " and ", ShapeString(by_tensors[1])));
}

void ReadVision(const ConfigSection& section, VitConfig& vision) {
  section.AllowOnly(VisionKeys());
  section.MustBe("width", 768, vision.width);
  section.MustBe("layers", 12, vision.layers);
  section.MustBe("patch_size", 16, vision.patch_size);
  CheckMlp(section, vision.width, vision.mlp_width);
  vision.layer_norm_eps = LayerNormEps(section, vision.layer_norm_eps);
  vision.heads = vision.width / section.Positive("head_width", 64);
}

void ReadText(const ConfigSection& section, TextConfig& text) {
  section.AllowOnly(TextKeys());
  section.MustBe("width", 512, text.width);
  section.MustBe("layers", 12, text.layers);
  section.MustBe("context_length", 77, text.context_length);
  section.MustBe("vocab_size", 49408, text.vocabulary_size);
  CheckMlp(section, text.width, text.mlp_width);
  text.layer_norm_eps = LayerNormEps(section, text.layer_norm_eps);
  text.heads = section.Positive("heads", 8);
  const std::string pooling = section.Text("pool_type", "argmax");
  if (pooling == "eos") {
    text.pooling = TextPooling::kEndTokenId;
    text.end_token_id = section.Positive("eos_id", 2);
  } else if (pooling != "argmax") {
    section.Refuse(
        Unsupported(section.name(), ".pool_type is \"", pooling, "\"; only argmax and eos are supported"));
  }
}

// OpenCLIP insists that its weight file holds nothing that it does not know, so the refiner lies in a file of
// its own beside it, which the configuration names.
absl::Status ReadRefiner(const LayoutSource& source, const std::string& file_name, Checkpoint& checkpoint) {
  const std::filesystem::path name(file_name);
  if (name.has_parent_path() || !name.has_filename()) {
    return Invalid("dense_cfg.refiner is \"", file_name,
                   "\", expected the name of a file beside the weights");
  }
  const std::filesystem::path directory = std::filesystem::path(source.weights.file->path()).parent_path();
  const absl::StatusOr<SafetensorsFile> file = SafetensorsFile::Open((directory / name).string());
  if (!file.ok()) return file.status();
  for (const auto& [tensor_name, tensor] : file->tensors()) {
    checkpoint.tensors["visual.refiner." + tensor_name] = tensor;
  }
  checkpoint.owners.push_back(file->file());
  checkpoint.side_files.push_back(file->file());
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Checkpoint> ReadOpenClipLayout(const LayoutSource& source) {
  const absl::StatusOr<const ConfigFile*> file =
      OnlyConfig(source.configs.open_clip, "configuration of OpenCLIP (open_clip_config.json)");
  if (!file.ok()) return file.status();
  absl::Status problem;
  const ConfigSection root((*file)->path, (*file)->json, problem);
  const ConfigSection model = root.Section("model_cfg");
  const ConfigSection vision = model.Section("vision_cfg");
  const ConfigSection text = model.Section("text_cfg");
  const ConfigSection preprocessing = root.Section("preprocess_cfg");

  Checkpoint checkpoint;
  checkpoint.layout = Layout::kOpenClip;
  checkpoint.tensors = CanonicalNames(source.weights.tensors);
  const ImageSize image_size = vision.Size("image_size", 224);
  model.AllowOnly(ModelKeys());
  const std::string refiner = root.Section("dense_cfg").Text("refiner", "");
  if (!problem.ok()) return problem;
  if (!refiner.empty()) {
    if (absl::Status status = ReadRefiner(source, refiner, checkpoint); !status.ok()) return status;
  }

  absl::StatusOr<ModelConfig> config = InferDimensions(checkpoint.tensors, image_size);
  if (!config.ok()) return Prefixed((*file)->path, config.status());
  model.MustBe("embed_dim", config->embed_dim, config->embed_dim);
  if (auto* trunk = std::get_if<EfficientNetConfig>(&config->vision)) {
    ReadEfficientNet(vision, root.Section("dense_cfg"), image_size, *trunk);
  } else if (auto* convnext = std::get_if<ConvNeXtConfig>(&config->vision)) {
    ReadConvNeXt(vision, image_size, *convnext);
  } else {
    ReadVision(vision, std::get<VitConfig>(config->vision));
  }
  ReadText(text, config->text);
  preprocessing.Triple("mean", config->image_mean);
  preprocessing.Triple("std", config->image_std);
  const bool quick_gelu = model.Flag("quick_gelu", false);
  if (!problem.ok()) return problem;

  checkpoint.config = *config;
  const ActivationClaim claim{quick_gelu ? Activation::kQuickGelu : Activation::kGelu,
                              Concat((*file)->path, " (quick_gelu)")};
  if (absl::Status status = SettleActivation(claim, source.options, checkpoint); !status.ok()) return status;
  return checkpoint;
}

}  // namespace pixelclip
