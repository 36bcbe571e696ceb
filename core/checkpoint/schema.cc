#include "core/checkpoint/schema.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "absl/strings/str_join.h"
#include "core/checkpoint/problem.h"
#include "core/efficientnet_lite0.h"

namespace pixelclip {
namespace {

using Shape = std::vector<int64_t>;

constexpr size_t kNamesShown = 4;
constexpr int64_t kHeadWidth = 64;
constexpr size_t kMaxLayers = 1024;

// "a, b, c, d and 3 more"
std::string ListOf(const std::vector<std::string>& names) {
  const size_t shown = std::min(names.size(), kNamesShown);
  std::string list = absl::StrJoin(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(shown), ", ");
  if (names.size() > shown) list += Concat(" and ", names.size() - shown, " more");
  return list;
}

// Asks for shapes by name and remembers the first thing that is wrong.
class ShapeReader {
 public:
  explicit ShapeReader(const TensorMap& tensors) : tensors_(tensors) {}

  // The shape of a tensor with `rank` dimensions, none of them 0; all ones where there is no such tensor.
  Shape Of(const std::string& name, size_t rank) {
    const auto found = tensors_.find(name);
    if (found == tensors_.end()) {
      missing_.push_back(name);
      return Shape(rank, 1);
    }
    const Shape& shape = found->second.shape;
    if (shape.size() == rank && NumElements(found->second) > 0) return shape;
    Refuse(Invalid("tensor '", name, "' has shape ", ShapeString(shape), ", expected ", rank, " dimensions"));
    return Shape(rank, 1);
  }

  // How many different N there are in names PREFIX.N.REST.
  int64_t Layers(const std::string& prefix) {
    std::set<std::string> layers;
    for (auto it = tensors_.lower_bound(prefix); it != tensors_.end(); ++it) {
      if (it->first.compare(0, prefix.size(), prefix) != 0) break;
      layers.insert(it->first.substr(prefix.size(), it->first.find('.', prefix.size()) - prefix.size()));
    }
    if (layers.empty()) missing_.push_back(prefix + "0.*");
    if (layers.size() > kMaxLayers) Refuse(Invalid("more than ", kMaxLayers, " layers ", prefix, "*"));
    return static_cast<int64_t>(layers.size());
  }

  void Refuse(const absl::Status& status) {
    if (problem_.ok()) problem_ = status;
  }

  absl::Status status() const {
    if (!missing_.empty()) return Invalid("the tensors ", ListOf(missing_), " are missing");
    return problem_;
  }

 private:
  const TensorMap& tensors_;
  std::vector<std::string> missing_;
  absl::Status problem_;
};

void InferGrid(ShapeReader& shapes, int64_t positions, std::optional<ImageSize> image_size,
               VitConfig& vision) {
  if (image_size) {
    vision.grid_height = image_size->first / vision.patch_size;
    vision.grid_width = image_size->second / vision.patch_size;
    if (vision.grid_height * vision.grid_width == positions - 1) return;
    return shapes.Refuse(Invalid("an image_size of ", image_size->first, "x", image_size->second,
                                 " with patches of ", vision.patch_size, " makes ", vision.grid_height, "x",
                                 vision.grid_width,
                                 " positions and one for the class token, but the tensors have ", positions));
  }
  const auto side = static_cast<int64_t>(std::lround(std::sqrt(static_cast<double>(positions - 1))));
  vision.grid_height = vision.grid_width = side;
  if (side > 0 && side * side == positions - 1) return;
  shapes.Refuse(Invalid("the visual positional embedding has ", positions,
                        " positions, expected a square grid and one for the class token"));
}

VitConfig InferVit(ShapeReader& shapes, std::optional<ImageSize> image_size) {
  VitConfig vision;
  const Shape patches = shapes.Of("visual.conv1.weight", 4);
  vision.width = patches[0];
  vision.patch_size = patches[2];
  vision.layers = shapes.Layers("visual.transformer.resblocks.");
  vision.mlp_width = shapes.Of("visual.transformer.resblocks.0.mlp.c_fc.weight", 2)[0];
  InferGrid(shapes, shapes.Of("visual.positional_embedding", 2)[0], image_size, vision);
  return vision;
}

ConvNeXtConfig InferConvNeXt(ShapeReader& shapes) {
  ConvNeXtConfig vision;
  for (size_t s = 0; s < vision.depths.size(); ++s) {
    const std::string blocks = Concat("visual.trunk.stages.", s, ".blocks.");
    vision.depths[s] = shapes.Layers(blocks);
    vision.widths[s] = shapes.Of(blocks + "0.conv_dw.weight", 4)[0];
  }
  return vision;
}

void AddTransformer(const std::string& prefix, int64_t layers, int64_t width, int64_t mlp_width,
                    std::map<std::string, Shape>& to) {
  const std::pair<const char*, Shape> block[] = {
      {"ln_1.weight", {width}},
      {"ln_1.bias", {width}},
      {"attn.in_proj_weight", {3 * width, width}},
      {"attn.in_proj_bias", {3 * width}},
      {"attn.out_proj.weight", {width, width}},
      {"attn.out_proj.bias", {width}},
      {"ln_2.weight", {width}},
      {"ln_2.bias", {width}},
      {"mlp.c_fc.weight", {mlp_width, width}},
      {"mlp.c_fc.bias", {mlp_width}},
      {"mlp.c_proj.weight", {width, mlp_width}},
      {"mlp.c_proj.bias", {width}},
  };
  for (int64_t layer = 0; layer < layers; ++layer) {
    for (const auto& [name, shape] : block) to[Concat(prefix, "resblocks.", layer, ".", name)] = shape;
  }
}

absl::Status CheckEpsilon(double epsilon) {
  if (epsilon > 0 && epsilon < 1) return absl::OkStatus();
  return Invalid("a layer norm's epsilon is ", epsilon, ", expected one between 0 and 1");
}

template <typename Tower>
absl::Status CheckTransformer(const Tower& tower) {
  if (tower.heads < 1 || tower.width % tower.heads != 0) {
    return Invalid(tower.heads, " heads cannot share a width of ", tower.width);
  }
  return CheckEpsilon(tower.layer_norm_eps);
}

// What no tensor tells and a configuration may have said.
absl::Status CheckNumbers(const ModelConfig& config) {
  if (absl::Status status = CheckTransformer(config.text); !status.ok()) return status;
  if (const auto* vit = std::get_if<VitConfig>(&config.vision)) {
    if (absl::Status status = CheckTransformer(*vit); !status.ok()) return status;
  }
  if (const auto* convnext = std::get_if<ConvNeXtConfig>(&config.vision)) {
    if (absl::Status status = CheckEpsilon(convnext->layer_norm_eps); !status.ok()) return status;
  }
  for (const double deviation : config.image_std) {
    if (!(deviation > 0))
      return Invalid("a channel's standard deviation is ", deviation, ", expected more than 0");
  }
  return absl::OkStatus();
}

void AddVision(const VitConfig& vision, int64_t embed_dim, std::map<std::string, Shape>& to) {
  to["visual.conv1.weight"] = {vision.width, 3, vision.patch_size, vision.patch_size};
  to["visual.class_embedding"] = {vision.width};
  to["visual.positional_embedding"] = {1 + vision.grid_height * vision.grid_width, vision.width};
  for (const char* norm : {"visual.ln_pre", "visual.ln_post"}) {
    to[Concat(norm, ".weight")] = to[Concat(norm, ".bias")] = {vision.width};
  }
  to["visual.proj"] = {vision.width, embed_dim};
  AddTransformer("visual.transformer.", vision.layers, vision.width, vision.mlp_width, to);
}

// A convolution CONV of [out, in / groups, kernel, kernel] and its batch norm NORM.
void AddConvolution(const std::string& conv, const std::string& norm, const Shape& shape,
                    std::map<std::string, Shape>& to) {
  to[conv + ".weight"] = shape;
  for (const char* part : {".weight", ".bias", ".running_mean", ".running_var"}) to[norm + part] = {shape[0]};
}

void AddRefiner(int64_t width, int64_t embed_dim, std::map<std::string, Shape>& to) {
  const std::string refiner = "visual.refiner.";
  const int64_t detail = efficientnet_lite0::kStages[efficientnet_lite0::kDetailStage].channels;
  const std::pair<const char*, Shape> convolutions[] = {{"reduce", {width, embed_dim + detail, 1, 1}},
                                                        {"depthwise_0", {width, 1, 3, 3}},
                                                        {"pointwise", {width, width, 1, 1}},
                                                        {"depthwise_1", {width, 1, 3, 3}},
                                                        {"restore", {embed_dim, width, 1, 1}}};
  for (const auto& [name, shape] : convolutions) {
    to[refiner + name + ".weight"] = shape;
    to[refiner + name + ".bias"] = {shape[0]};
  }
}

void AddVision(const EfficientNetConfig& vision, int64_t embed_dim, std::map<std::string, Shape>& to) {
  using namespace efficientnet_lite0;
  const std::string trunk = "visual.trunk.";
  AddConvolution(trunk + "conv_stem", trunk + "bn1", {kStemChannels, 3, kStemKernel, kStemKernel}, to);
  int64_t in = kStemChannels;
  for (size_t s = 0; s < std::size(kStages); ++s) {
    const Stage& stage = kStages[s];
    for (int b = 0; b < stage.repeats; ++b) {
      const std::string block = Concat(trunk, "blocks.", s, ".", b, ".");
      const int64_t inner = s == 0 ? in : in * kExpansion;
      const Shape depthwise = {inner, 1, stage.kernel, stage.kernel};
      const Shape reduce = {stage.channels, inner, 1, 1};
      if (s == 0) {
        AddConvolution(block + "conv_dw", block + "bn1", depthwise, to);
        AddConvolution(block + "conv_pw", block + "bn2", reduce, to);
      } else {
        AddConvolution(block + "conv_pw", block + "bn1", {inner, in, 1, 1}, to);
        AddConvolution(block + "conv_dw", block + "bn2", depthwise, to);
        AddConvolution(block + "conv_pwl", block + "bn3", reduce, to);
      }
      in = stage.channels;
    }
  }
  AddConvolution(trunk + "conv_head", trunk + "bn2", {kHeadChannels, in, 1, 1}, to);
  to["visual.head.proj.weight"] = {embed_dim, kHeadChannels};
  if (vision.refiner_width > 0) AddRefiner(vision.refiner_width, embed_dim, to);
}

// A layer's weight and its bias, one number for each output.
void AddLayer(const std::string& name, const Shape& weight, std::map<std::string, Shape>& to) {
  to[name + ".weight"] = weight;
  to[name + ".bias"] = {weight[0]};
}

void AddVision(const ConvNeXtConfig& vision, int64_t embed_dim, std::map<std::string, Shape>& to) {
  constexpr int64_t kStem = ConvNeXtConfig::kStemStride, kKernel = ConvNeXtConfig::kKernel;
  const std::string trunk = "visual.trunk.";
  int64_t width = vision.widths[0];
  AddLayer(trunk + "stem.0", {width, 3, kStem, kStem}, to);
  AddLayer(trunk + "stem.1", {width}, to);
  for (size_t s = 0; s < vision.depths.size(); ++s) {
    const std::string stage = Concat(trunk, "stages.", s, ".");
    if (s > 0) {
      AddLayer(stage + "downsample.0", {width}, to);
      AddLayer(stage + "downsample.1", {vision.widths[s], width, 2, 2}, to);
    }
    width = vision.widths[s];
    const int64_t mlp_width = ConvNeXtConfig::kMlpRatio * width;
    for (int64_t b = 0; b < vision.depths[s]; ++b) {
      const std::string block = Concat(stage, "blocks.", b, ".");
      to[block + "gamma"] = {width};
      AddLayer(block + "conv_dw", {width, 1, kKernel, kKernel}, to);
      AddLayer(block + "norm", {width}, to);
      AddLayer(block + "mlp.fc1", {mlp_width, width}, to);
      AddLayer(block + "mlp.fc2", {width, mlp_width}, to);
    }
  }
  AddLayer(trunk + "head.norm", {width}, to);
  if (vision.projection_width > 0) {
    AddLayer("visual.head.mlp.fc1", {vision.projection_width, width}, to);
    to["visual.head.mlp.fc2.weight"] = {embed_dim, vision.projection_width};
  } else {
    to["visual.head.proj.weight"] = {embed_dim, width};
  }
}

}  // namespace

absl::StatusOr<ModelConfig> InferDimensions(const TensorMap& tensors, std::optional<ImageSize> image_size) {
  ShapeReader shapes(tensors);
  ModelConfig config;
  if (tensors.count("visual.trunk.conv_stem.weight") > 0) {
    EfficientNetConfig& trunk = config.vision.emplace<EfficientNetConfig>();
    if (tensors.count("visual.refiner.reduce.weight") > 0) {
      trunk.refiner_width = shapes.Of("visual.refiner.reduce.weight", 4)[0];
    }
    config.embed_dim = shapes.Of("visual.head.proj.weight", 2)[0];
  } else if (tensors.count("visual.trunk.stem.0.weight") > 0) {
    ConvNeXtConfig& trunk = config.vision.emplace<ConvNeXtConfig>(InferConvNeXt(shapes));
    const bool by_mlp = tensors.count("visual.head.mlp.fc1.weight") > 0;
    if (by_mlp) trunk.projection_width = shapes.Of("visual.head.mlp.fc1.weight", 2)[0];
    config.embed_dim = shapes.Of(by_mlp ? "visual.head.mlp.fc2.weight" : "visual.head.proj.weight", 2)[0];
  } else {
    config.vision = InferVit(shapes, image_size);
    config.embed_dim = shapes.Of("visual.proj", 2)[1];
  }

  const Shape tokens = shapes.Of("token_embedding.weight", 2);
  TextConfig& text = config.text;
  text.vocabulary_size = tokens[0];
  text.width = tokens[1];
  text.context_length = shapes.Of("positional_embedding", 2)[0];
  text.layers = shapes.Layers("transformer.resblocks.");
  text.mlp_width = shapes.Of("transformer.resblocks.0.mlp.c_fc.weight", 2)[0];

  if (absl::Status status = shapes.status(); !status.ok()) return status;
  return config;
}

std::map<std::string, Shape> ExpectedTensors(const ModelConfig& config) {
  const TextConfig& text = config.text;
  std::map<std::string, Shape> tensors = {
      {"token_embedding.weight", {text.vocabulary_size, text.width}},
      {"positional_embedding", {text.context_length, text.width}},
      {"ln_final.weight", {text.width}},
      {"ln_final.bias", {text.width}},
      {"text_projection", {text.width, config.embed_dim}},
      {"logit_scale", {}},
  };
  std::visit([&](const auto& vision) { AddVision(vision, config.embed_dim, tensors); }, config.vision);
  AddTransformer("transformer.", text.layers, text.width, text.mlp_width, tensors);
  return tensors;
}

absl::Status CheckTensors(const ModelConfig& config, const TensorMap& tensors) {
  const std::map<std::string, Shape> expected = ExpectedTensors(config);
  std::vector<std::string> missing;
  for (const auto& [name, shape] : expected) {
    const auto found = tensors.find(name);
    if (found == tensors.end()) {
      missing.push_back(name);
    } else if (found->second.shape != shape) {
      return Invalid("tensor '", name, "' has shape ", ShapeString(found->second.shape), ", expected ",
                     ShapeString(shape), " by the other tensors");
    } else if (!IsFloatingPoint(found->second.dtype)) {
      return Invalid("tensor '", name, "' is of ", DTypeName(found->second.dtype),
                     ", expected floating point");
    }
  }
  if (!missing.empty()) return Invalid("the tensors ", ListOf(missing), " are missing");

  std::vector<std::string> unexpected;
  for (const auto& [name, tensor] : tensors) {
    if (expected.count(name) == 0) unexpected.push_back(name);
  }
  if (!unexpected.empty()) return Invalid("the tensors ", ListOf(unexpected), " belong to no such CLIP");

  return CheckNumbers(config);
}

absl::Status CheckTotalSize(const TensorMap& tensors, size_t file_size) {
  size_t total = 0;
  for (const auto& [name, tensor] : tensors) {
    total += static_cast<size_t>(NumElements(tensor) * ItemSize(tensor.dtype));
    if (total > file_size)
      return Invalid("the tensors together are larger than the file: some share their bytes");
  }
  return absl::OkStatus();
}

absl::Status UseHeadsOf64(ModelConfig& config) {
  const auto use = [](auto& tower) {
    tower.heads = tower.width / kHeadWidth;
    if (tower.width % kHeadWidth == 0) return absl::OkStatus();
    return Invalid("the width ", tower.width, " is not a multiple of ", kHeadWidth,
                   ", the width of OpenAI's heads");
  };
  if (auto* vit = std::get_if<VitConfig>(&config.vision)) {
    if (absl::Status status = use(*vit); !status.ok()) return status;
  }
  return use(config.text);
}

}  // namespace pixelclip
