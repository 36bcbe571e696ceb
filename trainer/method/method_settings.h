#ifndef PIXELCLIP_TRAINER_METHOD_METHOD_SETTINGS_H_
#define PIXELCLIP_TRAINER_METHOD_METHOD_SETTINGS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "core/model_config.h"

namespace pixelclip {

// What the loss is an average over, when there are several ranks.
enum class LossAverage {
  kCoveredPixels,  // the covered pixels of all ranks: N ranks learn what one rank with all pictures would
  kRanks,          // the mean of the ranks' means, as published
};

// Everything about the method that one may want to change. The defaults are PixelCLIP with a ViT, as
// published.
struct MethodSettings {
  // -- Clusters --

  // Whether masks are clustered. Otherwise each mask is a target of its own: its teacher feature takes the
  // place of a cluster embedding, and no prompt is learnt.
  bool cluster_masks = true;
  int64_t clusters = 64;

  // Whether cluster embeddings are class prompts through the frozen text encoder. Otherwise they are free
  // vectors of the joint space, learnt directly from a random start.
  bool text_encoder = true;
  // Whether prompts, or free vectors, are learnt. Otherwise they stay as they started.
  bool learn_prompts = true;
  int64_t prompt_length = 4;  // learnt tokens of a prompt
  // The sentence around a prompt: "{}" is where its tokens go, "{article}" becomes "a". Several are an
  // ensemble: the text embeddings of all of them are averaged, in training.
  std::vector<std::string> prompt_templates = {"A photo of a {} in the scene"};
  // What the first prompts start from, a name each: its tokens, over and over until the prompt is full. All
  // others start from tokens drawn from `seed`; the seed 0 draws what the published code draws.
  std::vector<std::string> prompt_words;

  double epsilon = 100;     // factor on cosines before Sinkhorn: 100 for ViT, 1 for ConvNeXt as published
  int sinkhorn_rounds = 3;  // alternations of row and column normalisation

  // -- Student and teacher --

  // The share of itself that the teacher keeps at each step. 1 is a frozen teacher; 0 is "without momentum
  // encoder": the student itself, without gradient.
  double momentum = 0.999;
  // A visual parameter is fine-tuned if its name contains one of these. Absent: the published choice for the
  // architecture (DefaultTunedParts); no entry: none is. Running statistics of batch norms never change.
  std::optional<std::vector<std::string>> tuned_parts;
  // The chance with which a ConvNeXt's last residual block is left out for a picture, in student and teacher;
  // of the blocks before it less, in proportion. 0.1 as published.
  double drop_path = 0;
  int64_t resolution = 320;       // pixels a side of the encoders' input: 640 for ConvNeXt as published
  int64_t mask_resolution = 256;  // pixels a side at which masks are pooled and compared

  // -- Optimiser (AdamW) --

  int64_t steps = 10000;              // of the schedule: a cosine from the rates to their ends
  double base_rate = 2e-4;            // of the decoder
  double encoder_rate_factor = 0.01;  // of the visual encoder, times base_rate
  double prompt_rate_factor = 10;     // of the prompts, times base_rate
  double rate_end_ratio = 0.5;        // the last rate over the first
  double weight_decay = 1e-4;         // of everything but normalisation layers
  double clip_norm = 0.01;            // largest norm of all parameters' gradients together; 0: not clipped
  LossAverage loss_average = LossAverage::kCoveredPixels;

  // -- How it is computed --

  // Pictures that go through the student at once; 0: all. Fewer need less memory and give the same update:
  // clustering and the loss still see the whole step.
  int64_t micro_batch = 0;
  bool bfloat16 = false;  // autocast in encoders and decoder; parameters, teacher and clustering stay float32
  std::string device = "cpu";  // or "cuda:0"
  uint64_t seed = 0;           // of the prompts' words and of the decoder's start
};

// ViT: {"attn", "position"}; every other architecture: the whole encoder.
std::vector<std::string> DefaultTunedParts(const VisionConfig& vision);

// INVALID_ARGUMENT, naming the field, its limits and its value, if a model of this configuration cannot be
// trained so.
absl::Status CheckMethodSettings(const MethodSettings& settings, const ModelConfig& config);

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_METHOD_METHOD_SETTINGS_H_
