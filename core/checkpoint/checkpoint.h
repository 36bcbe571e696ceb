#ifndef PIXELCLIP_CORE_CHECKPOINT_CHECKPOINT_H_
#define PIXELCLIP_CORE_CHECKPOINT_CHECKPOINT_H_

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/checkpoint/mapped_file.h"
#include "core/checkpoint/stored_tensor.h"
#include "core/model_config.h"

namespace pixelclip {

// Whose names and conventions a weight file follows. docs/checkpoints.md describes each.
enum class Layout { kOpenAi, kOpenClip, kHuggingFace, kPixelClip };

// "OpenAI", "OpenCLIP", "Hugging Face", "PixelCLIP".
std::string_view LayoutName(Layout layout);

struct LoadOptions {
  // Names the MLP's activation where the file does not determine it (a bare state dict). Contradicting what
  // the file says is an error. Where the file only suggests one (activation_source tells), this goes before
  // it.
  std::optional<Activation> activation;
};

// The weights of one CLIP, whatever file they came from. Every tensor is a view: `owners` keeps
// the mapped file, and what had to be put together from it, alive. Copying is cheap and safe.
struct Checkpoint {
  Layout layout = Layout::kOpenAi;
  std::string format;       // "safetensors", "torch zip", "torch legacy" or "TorchScript"
  std::string weight_file;  // the file itself, where a directory was given; of several the first
  std::string version;      // the first 12 hexadecimal digits of the SHA-256 of the weight and side files
  ModelConfig config;
  std::string activation_source;  // who says so, for logs: a configuration file, the archive, the user

  // Exactly the tensors that the config calls for, shapes checked, each of a floating-point dtype, under the
  // names of OpenAI's state dict; a matrix W of a linear layer is [out, in], the projections are [in, out]:
  //   visual.conv1.weight            [width, 3, patch, patch]
  //   visual.class_embedding         [width]
  //   visual.positional_embedding    [1 + grid_height * grid_width, width]
  //   visual.ln_pre|ln_post.*        weight and bias, [width]
  //   visual.transformer.resblocks.N.*
  //   visual.proj                    [width, embed_dim]
  //   token_embedding.weight         [vocabulary_size, text width]
  //   positional_embedding           [context_length, text width]
  //   transformer.resblocks.N.*
  //   ln_final.*                     weight and bias, [text width]
  //   text_projection                [text width, embed_dim]
  //   logit_scale                    []
  // and in each block:
  //   ln_1|ln_2.*                    weight and bias, [width]
  //   attn.in_proj_weight|bias       [3 * width, width], [3 * width]: queries, keys, values
  //   attn.out_proj.*                [width, width], [width]
  //   mlp.c_fc.*                     [mlp_width, width], [mlp_width]
  //   mlp.c_proj.*                   [width, mlp_width], [width]
  // Some may be strided (a transposed projection). A ConvNeXt or an EfficientNet has, in place of visual.*
  // above,
  //   visual.trunk.*                 timm's names
  //   visual.head.*                  proj.weight [embed_dim, channels], or a ConvNeXt's mlp.fc1 and mlp.fc2
  std::map<std::string, StoredTensor> tensors;

  // PixelCLIP: the learned prompts, [clusters, tokens, text width].
  std::optional<StoredTensor> prompt_tokens;

  std::vector<std::shared_ptr<const void>> owners;

  // Files beside the weight file that tensors were read from as well: models/mini's refiner.
  std::vector<std::shared_ptr<const MappedFile>> side_files;
};

// Reads a weight file, or the one model of a directory, in any supported layout. Format and layout are
// recognised by content (first bytes, tensor names and shapes, sibling configuration files), never by file
// name. Nothing that a file contains is executed. The file must stay unchanged while the checkpoint is in
// use.
//
// NOT_FOUND or PERMISSION_DENIED from the system. INVALID_ARGUMENT for a broken file, for a contradiction
// between configuration and tensors, and where the file leaves something open (FAILED_PRECONDITION would
// tempt callers to try again); UNIMPLEMENTED for a model that is recognised but not supported. Each message
// starts with the path and says what was found and what was expected.
absl::StatusOr<Checkpoint> LoadCheckpoint(const std::string& path, const LoadOptions& options = {});

// Writes DIRECTORY/open_clip_model.safetensors and DIRECTORY/open_clip_config.json, which OpenCLIP and
// LoadCheckpoint read. Dtypes are kept; prompt_tokens have no place in that layout and are left out. Creates
// the directory where it is missing. FAILED_PRECONDITION if OpenCLIP cannot express the model (two towers
// with different activations, a text pooling that is not the largest id's).
absl::Status WriteOpenClip(const Checkpoint& checkpoint, const std::string& directory);

// Writes `path`, a file of torch.save with `tensors` as its `model`, which the published code and
// LoadCheckpoint read. Their names are those of PixelCLIP's training checkpoints:
// sem_seg_head.predictor.clip_model.* (the student, under the names above),
// sem_seg_head.predictor.prompt_tokens, teacher_encoder.* and head.*. That layout has no configuration:
// FAILED_PRECONDITION for a model that is not what its readers take for granted (a ViT on a square grid with
// quick_gelu, or a ConvNeXt and gelu; heads of 64 channels, pooling at the largest id).
absl::Status WritePixelClip(const ModelConfig& config, const std::map<std::string, StoredTensor>& tensors,
                            const std::string& path);

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_CHECKPOINT_CHECKPOINT_H_
