// Hugging Face's CLIPModel: its own names, queries, keys and values apart, projections the other way round,
// and a configuration that leaves out what equals its defaults.

#include <array>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "core/checkpoint/layout.h"
#include "core/checkpoint/problem.h"
#include "core/checkpoint/schema.h"

namespace pixelclip {
namespace {

// The longest prefix of a name that is in the table is replaced. Names that none fits stay as they are, and
// are reported as unexpected.
struct Renaming {
  std::string_view from;
  std::string_view to;
  bool transposed = false;
};

constexpr Renaming kModelNames[] = {
    {"logit_scale", "logit_scale"},
    {"visual_projection.weight", "visual.proj", true},
    {"vision_model.embeddings.class_embedding", "visual.class_embedding"},
    {"vision_model.embeddings.patch_embedding.", "visual.conv1."},
    {"vision_model.embeddings.position_embedding.weight", "visual.positional_embedding"},
    {"vision_model.pre_layrnorm.", "visual.ln_pre."},
    {"vision_model.post_layernorm.", "visual.ln_post."},
    {"vision_model.encoder.layers.", "visual.transformer.resblocks."},
    {"text_projection.weight", "text_projection", true},
    {"text_model.embeddings.token_embedding.", "token_embedding."},
    {"text_model.embeddings.position_embedding.weight", "positional_embedding"},
    {"text_model.final_layer_norm.", "ln_final."},
    {"text_model.encoder.layers.", "transformer.resblocks."},
};

// Inside a block, after "resblocks.N.".
constexpr Renaming kBlockNames[] = {
    {"layer_norm1.", "ln_1."},
    {"layer_norm2.", "ln_2."},
    {"mlp.fc1.", "mlp.c_fc."},
    {"mlp.fc2.", "mlp.c_proj."},
    {"self_attn.out_proj.", "attn.out_proj."},
    {"self_attn.q_proj.", "attn.q."},
    {"self_attn.k_proj.", "attn.k."},
    {"self_attn.v_proj.", "attn.v."},
};

constexpr std::string_view kBlock = "resblocks.";

template <size_t size>
const Renaming* FindRenaming(const Renaming (&table)[size], std::string_view name) {
  for (const Renaming& row : table) {
    if (name.substr(0, row.from.size()) == row.from) return &row;
  }
  return nullptr;
}

// Still with attn.q, attn.k and attn.v in each block.
TensorMap Renamed(const TensorMap& tensors) {
  TensorMap renamed;
  for (const auto& [name, tensor] : tensors) {
    if (name.find("embeddings.position_ids") != name.npos)
      continue;  // 0, 1, 2, ..., a buffer of older versions
    const Renaming* row = FindRenaming(kModelNames, name);
    std::string canonical = row == nullptr ? name : Concat(row->to, name.substr(row->from.size()));
    if (const size_t block = canonical.find(kBlock); block != canonical.npos) {
      const size_t rest = canonical.find('.', block + kBlock.size()) + 1;
      const Renaming* inner = FindRenaming(kBlockNames, std::string_view(canonical).substr(rest));
      if (inner != nullptr) canonical.replace(rest, inner->from.size(), inner->to);
    }
    const bool transpose = row != nullptr && row->transposed && tensor.shape.size() == 2;
    renamed[canonical] = transpose ? Transposed(tensor) : tensor;
  }
  return renamed;
}

// Queries, keys and values one after another, as one tensor in new memory.
absl::StatusOr<StoredTensor> Concatenated(const std::array<StoredTensor, 3>& parts, Checkpoint& owner) {
  auto bytes = std::make_shared<std::vector<std::byte>>();
  for (const StoredTensor& part : parts) {
    if (part.dtype != parts[0].dtype || part.shape != parts[0].shape || part.shape.empty()) {
      return Invalid("queries, keys and values differ in dtype or shape: ", ShapeString(parts[0].shape),
                     " and ", ShapeString(part.shape));
    }
    const std::vector<std::byte> part_bytes = ToContiguousBytes(part);
    bytes->insert(bytes->end(), part_bytes.begin(), part_bytes.end());
  }
  StoredTensor whole = parts[0];
  whole.shape[0] *= 3;
  whole.strides = ContiguousStrides(whole.shape);
  whole.data = bytes->data();
  owner.owners.push_back(std::move(bytes));
  return whole;
}

// Replaces attn.q, attn.k and attn.v of every block by attn.in_proj.
absl::Status JoinProjections(Checkpoint& checkpoint) {
  constexpr std::string_view kQuery = "attn.q.";
  TensorMap joined;
  for (const auto& [name, query] : checkpoint.tensors) {
    const size_t at = name.find(kQuery);
    if (at == name.npos) continue;
    const std::string block = name.substr(0, at);
    const std::string kind = name.substr(at + kQuery.size());  // "weight" or "bias"
    const auto key = checkpoint.tensors.find(Concat(block, "attn.k.", kind));
    const auto value = checkpoint.tensors.find(Concat(block, "attn.v.", kind));
    if (key == checkpoint.tensors.end() || value == checkpoint.tensors.end())
      continue;  // reported as unexpected
    absl::StatusOr<StoredTensor> whole = Concatenated({query, key->second, value->second}, checkpoint);
    if (!whole.ok()) return Prefixed(block, whole.status());
    joined.emplace(Concat(block, "attn.in_proj_", kind), *std::move(whole));
  }
  for (auto& [name, tensor] : joined) {
    const size_t at = name.find("attn.in_proj_");
    const std::string kind = name.substr(name.rfind('_') + 1);
    for (const char* part : {"q.", "k.", "v."})
      checkpoint.tensors.erase(Concat(name.substr(0, at), "attn.", part, kind));
    checkpoint.tensors.insert_or_assign(name, std::move(tensor));
  }
  return absl::OkStatus();
}

Activation ReadActivation(const ConfigSection& tower) {
  const std::string name = tower.Text("hidden_act", "quick_gelu");
  if (name != "quick_gelu" && name != "gelu") {
    tower.Refuse(
        Unsupported(tower.name(), ".hidden_act is \"", name, "\"; only quick_gelu and gelu are supported"));
  }
  return name == "gelu" ? Activation::kGelu : Activation::kQuickGelu;
}

void ReadVision(const ConfigSection& section, VitConfig& vision) {
  section.MustBe("hidden_size", 768, vision.width);
  section.MustBe("intermediate_size", 3072, vision.mlp_width);
  section.MustBe("num_hidden_layers", 12, vision.layers);
  section.MustBe("num_channels", 3, 3);
  const auto [patch_height, patch_width] = section.Size("patch_size", 32);
  if (patch_height != vision.patch_size || patch_width != vision.patch_size) {
    section.Refuse(Invalid(section.name(), ".patch_size is ", patch_height, "x", patch_width,
                           ", but the tensors say ", vision.patch_size));
  }
  vision.heads = section.Positive("num_attention_heads", 12);
  vision.layer_norm_eps = section.Number("layer_norm_eps", 1e-5);
  vision.activation = ReadActivation(section);
}

void ReadText(const ConfigSection& section, TextConfig& text) {
  section.MustBe("hidden_size", 512, text.width);
  section.MustBe("intermediate_size", 2048, text.mlp_width);
  section.MustBe("num_hidden_layers", 12, text.layers);
  section.MustBe("max_position_embeddings", 77, text.context_length);
  section.MustBe("vocab_size", 49408, text.vocabulary_size);
  text.heads = section.Positive("num_attention_heads", 8);
  text.layer_norm_eps = section.Number("layer_norm_eps", 1e-5);
  text.activation = ReadActivation(section);
  // 2 was written by mistake into the first configurations; it has meant "the largest id" ever since.
  const int64_t end_token_id = section.Positive("eos_token_id", 49407);
  if (end_token_id != 2) {
    text.pooling = TextPooling::kEndTokenId;
    text.end_token_id = end_token_id;
  }
}

// The older text_config_dict goes before text_config where both are there.
ConfigSection Tower(const ConfigSection& root, const nlohmann::json& json, const std::string& name) {
  const std::string older = name + "_dict";
  const bool has_older = json.contains(older) && !json.at(older).is_null();
  return root.Section(has_older ? older : name);
}

absl::Status CheckOption(const LoadOptions& options, const std::string& path, const ModelConfig& config) {
  for (const Activation activation :
       {std::get<VitConfig>(config.vision).activation, config.text.activation}) {
    if (options.activation && *options.activation != activation) {
      return Invalid("the activation ", ActivationName(*options.activation), " was asked for, but ", path,
                     " (hidden_act) says ", ActivationName(activation));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Checkpoint> ReadHuggingFaceLayout(const LayoutSource& source) {
  const absl::StatusOr<const ConfigFile*> file =
      OnlyConfig(source.configs.hugging_face, "configuration of Hugging Face (config.json)");
  if (!file.ok()) return file.status();
  absl::Status problem;
  const ConfigSection root((*file)->path, (*file)->json, problem);
  const ConfigSection vision = Tower(root, (*file)->json, "vision_config");
  const ConfigSection text = Tower(root, (*file)->json, "text_config");
  const std::string model_type = root.Text("model_type", "");
  const ImageSize image_size = vision.Size("image_size", 224);
  if (!problem.ok()) return problem;
  if (model_type != "clip") {
    return Unsupported((*file)->path, ".model_type is \"", model_type, "\"; only \"clip\" is supported");
  }

  Checkpoint checkpoint;
  checkpoint.layout = Layout::kHuggingFace;
  checkpoint.tensors = Renamed(source.weights.tensors);
  // Before anything is put together in new memory.
  if (absl::Status status = CheckTotalSize(checkpoint.tensors, TotalBytes(source.weights)); !status.ok()) {
    return status;
  }
  if (absl::Status status = JoinProjections(checkpoint); !status.ok()) return status;
  absl::StatusOr<ModelConfig> config = InferDimensions(checkpoint.tensors, image_size);
  if (!config.ok()) return Prefixed((*file)->path, config.status());
  auto* vit = std::get_if<VitConfig>(&config->vision);
  if (vit == nullptr) {
    return Unsupported("found ", Describe(*config), " under the names of Hugging Face, expected a ViT");
  }
  ReadVision(vision, *vit);
  ReadText(text, config->text);
  root.MustBe("projection_dim", 512, config->embed_dim);
  if (source.configs.preprocessor.size() == 1) {
    const ConfigFile& preprocessor = source.configs.preprocessor.front();
    const ConfigSection section(preprocessor.path, preprocessor.json, problem);
    section.Triple("image_mean", config->image_mean);
    section.Triple("image_std", config->image_std);
  }
  if (!problem.ok()) return problem;
  if (absl::Status status = CheckOption(source.options, (*file)->path, *config); !status.ok()) return status;
  checkpoint.config = *config;
  checkpoint.activation_source = Concat((*file)->path, " (hidden_act)");
  return checkpoint;
}

}  // namespace pixelclip
