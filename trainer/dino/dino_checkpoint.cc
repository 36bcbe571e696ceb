#include "trainer/dino/dino_checkpoint.h"

#include <cmath>
#include <string_view>
#include <utility>
#include <vector>

#include "core/checkpoint/problem.h"

namespace pixelclip {
namespace {

constexpr int64_t kHeadWidth = 64;
constexpr int64_t kMaxWidth = 4096;
constexpr int64_t kMaxLayers = 64;

bool TakePrefix(std::string_view prefix, std::string_view* name) {
  if (name->substr(0, prefix.size()) != prefix) return false;
  name->remove_prefix(prefix.size());
  return true;
}

struct Renaming {
  std::string_view dino, ours;
};

// Within a block.
constexpr Renaming kRenamings[] = {
    {"norm1.", "ln_1."},
    {"norm2.", "ln_2."},
    {"attn.qkv.weight", "attn.in_proj_weight"},
    {"attn.qkv.bias", "attn.in_proj_bias"},
    {"attn.proj.", "attn.out_proj."},
    {"mlp.fc1.", "mlp.c_fc."},
    {"mlp.fc2.", "mlp.c_proj."},
};

// "blocks.3.norm1.weight" -> "blocks.3.ln_1.weight"; other names stay.
std::string OurName(std::string_view name) {
  constexpr std::string_view kBlocks = "blocks.";
  if (name.substr(0, kBlocks.size()) != kBlocks) return std::string(name);
  const size_t dot = name.find('.', kBlocks.size());
  if (dot == std::string_view::npos) return std::string(name);
  std::string_view rest = name.substr(dot + 1);
  for (const Renaming& renaming : kRenamings) {
    if (TakePrefix(renaming.dino, &rest)) return Concat(name.substr(0, dot + 1), renaming.ours, rest);
  }
  return std::string(name);
}

// Finds tensors and checks them, and remembers the first thing that is wrong.
class Inspector {
 public:
  explicit Inspector(const TensorMap& tensors) : tensors_(tensors) {}

  // The shape of a tensor of that many axes; zeros where there is none.
  std::vector<int64_t> Shape(const std::string& name, size_t axes) {
    const StoredTensor* tensor = Find(name);
    if (tensor != nullptr && tensor->shape.size() == axes) return tensor->shape;
    if (tensor != nullptr)
      Report(Invalid(name, ": found ", ShapeString(tensor->shape), ", expected ", axes, " axes"));
    return std::vector<int64_t>(axes);
  }

  void Expect(const std::string& name, const std::vector<int64_t>& shape) {
    const StoredTensor* tensor = Find(name);
    if (tensor == nullptr) return;
    if (tensor->shape != shape) {
      Report(Invalid(name, ": found ", ShapeString(tensor->shape), ", expected ", ShapeString(shape)));
    } else if (!IsFloatingPoint(tensor->dtype)) {
      Report(Invalid(name, ": found ", DTypeName(tensor->dtype), ", expected floating-point numbers"));
    }
    expected_.emplace(name, *tensor);
  }

  void Report(absl::Status problem) {
    if (status_.ok()) status_ = std::move(problem);
  }

  const absl::Status& status() const { return status_; }
  TensorMap expected() && { return std::move(expected_); }

 private:
  const StoredTensor* Find(const std::string& name) {
    const auto found = tensors_.find(name);
    if (found != tensors_.end()) return &found->second;
    Report(Invalid("expected a DINO vision transformer, but there is no tensor ", name));
    return nullptr;
  }

  const TensorMap& tensors_;
  TensorMap expected_;
  absl::Status status_;
};

DinoShape TellShape(const TensorMap& tensors, Inspector& inspector) {
  DinoShape shape;
  const std::vector<int64_t> patch = inspector.Shape("patch_embed.proj.weight", 4);
  const std::vector<int64_t> positions = inspector.Shape("pos_embed", 3);
  shape.width = patch[0];
  shape.patch_size = patch[2];
  shape.heads = shape.width / kHeadWidth;
  shape.grid = std::llround(std::sqrt(static_cast<double>(positions[1] - 1)));
  while (tensors.count(Concat("blocks.", shape.layers, ".ln_1.weight")) > 0) ++shape.layers;

  if (shape.width < kHeadWidth || shape.width > kMaxWidth || shape.width % kHeadWidth != 0) {
    inspector.Report(Invalid("patch_embed.proj.weight: a width of ", shape.width,
                             ", expected a multiple of 64 from 64 to ", kMaxWidth));
  }
  if (shape.patch_size < 1) inspector.Report(Invalid("patch_embed.proj.weight: patches of no pixels"));
  if (shape.grid < 1 || shape.grid * shape.grid != positions[1] - 1) {
    inspector.Report(Invalid("pos_embed: ", positions[1],
                             " positions, expected one for the class token and a square of others"));
  }
  if (shape.layers < 1 || shape.layers > kMaxLayers) {
    inspector.Report(Invalid(shape.layers, " blocks, expected 1 to ", kMaxLayers));
  }
  return shape;
}

void ExpectLayer(const std::string& name, std::vector<int64_t> shape, Inspector& inspector) {
  inspector.Expect(name + ".bias", {shape[0]});
  inspector.Expect(name + ".weight", shape);
}

void ExpectBlock(const std::string& name, int64_t width, Inspector& inspector) {
  ExpectLayer(name + ".ln_1", {width}, inspector);
  inspector.Expect(name + ".attn.in_proj_weight", {3 * width, width});
  inspector.Expect(name + ".attn.in_proj_bias", {3 * width});
  ExpectLayer(name + ".attn.out_proj", {width, width}, inspector);
  ExpectLayer(name + ".ln_2", {width}, inspector);
  const int64_t mlp_width = inspector.Shape(name + ".mlp.c_fc.weight", 2)[0];
  ExpectLayer(name + ".mlp.c_fc", {mlp_width, width}, inspector);
  ExpectLayer(name + ".mlp.c_proj", {width, mlp_width}, inspector);
}

void ExpectTensors(const DinoShape& shape, Inspector& inspector) {
  inspector.Expect("cls_token", {1, 1, shape.width});
  inspector.Expect("pos_embed", {1, 1 + shape.grid * shape.grid, shape.width});
  ExpectLayer("patch_embed.proj", {shape.width, 3, shape.patch_size, shape.patch_size}, inspector);
  for (int64_t i = 0; i < shape.layers; ++i) ExpectBlock(Concat("blocks.", i), shape.width, inspector);
  ExpectLayer("norm", {shape.width}, inspector);
}

}  // namespace

absl::StatusOr<DinoCheckpoint> ReadDinoCheckpoint(const std::string& path) {
  absl::StatusOr<WeightFile> file = OpenWeightFile(path);
  if (!file.ok()) return file.status();

  TensorMap tensors;
  for (const auto& [full_name, tensor] : file->tensors) {
    std::string_view name = full_name;
    TakePrefix("module.", &name);
    TakePrefix("backbone.", &name);
    tensors.emplace(OurName(name), tensor);
  }
  Inspector inspector(tensors);
  DinoCheckpoint checkpoint;
  checkpoint.shape = TellShape(tensors, inspector);
  if (inspector.status().ok()) ExpectTensors(checkpoint.shape, inspector);
  if (!inspector.status().ok()) return Prefixed(path, inspector.status());
  checkpoint.weights = *std::move(file);
  checkpoint.weights.tensors = std::move(inspector).expected();
  return checkpoint;
}

}  // namespace pixelclip
