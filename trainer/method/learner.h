#ifndef PIXELCLIP_TRAINER_METHOD_LEARNER_H_
#define PIXELCLIP_TRAINER_METHOD_LEARNER_H_

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/checkpoint/checkpoint.h"
#include "trainer/method/method_settings.h"
#include "trainer/method/step_input.h"
#include "trainer/scale/communicator.h"

namespace pixelclip {

using NamedTensors = std::map<std::string, at::Tensor>;

// What a step did, the same on every rank.
struct StepResult {
  int64_t step = 0;                        // its number; the first is 0
  double loss = 0;                         // before the update
  double gradient_norm = 0;                // of all parameters together, before clipping
  double learning_rate = 0;                // the base rate at this step
  int64_t masks = 0;                       // that took part, of all ranks
  double covered_share = 0;                // pixels under at least one mask, over all pixels of all ranks
  std::vector<int64_t> masks_per_cluster;  // [C], of all ranks; empty without clustering
  // False if no picture of any rank had a mask: then nothing changed but the teacher and the step's number,
  // and loss and gradient_norm are 0.
  bool updated = true;
};

// What the method makes of some pictures, for figures. On the CPU.
struct Inspection {
  at::Tensor embeddings;                // [C, D] float32, unit norm; empty without clustering
  std::vector<at::Tensor> assignments;  // of each picture: [M_b] int64, -1 for a mask that was dropped
  std::vector<at::Tensor> targets;      // of each picture: [C, m, m] bool at the mask resolution m
  std::vector<at::Tensor> predictions;  // of each picture: [C, m, m] float32, the decoder's probabilities
  // Without clustering, C is the picture's own number of masks that were not dropped.
};

// PixelCLIP's training: student and momentum teacher, class prompts, online clustering, decoder, loss, AdamW.
// No files, no threads of its own. Not thread-safe: one thread calls.
//
// Errors leave the state as it was before the call, on every rank, so that a checkpoint can still be written
// after one. With several ranks, all make the same calls with the same settings (Inspect and the const
// accessors excepted); each brings its own pictures, as many as the others.
class PixelClipLearner {
 public:
  // Starts from a CLIP. Prompts that the checkpoint may hold are not looked at: they, and the decoder, start
  // anew. `communicator` is not owned. INVALID_ARGUMENT names a setting that does not fit; UNAVAILABLE if
  // there is no such device.
  static absl::StatusOr<std::unique_ptr<PixelClipLearner>> Make(const Checkpoint& checkpoint,
                                                                const MethodSettings& settings,
                                                                Communicator* communicator);

  virtual ~PixelClipLearner() = default;

  // One step on this rank's share of a batch. A picture without masks counts for nothing; a rank whose
  // pictures have none still takes part; a step without any is passed over (StepResult::updated).
  // INVALID_ARGUMENT for tensors of a wrong shape, dtype or number, naming the field and the picture;
  // INTERNAL, naming the step, if the loss or the gradient is not finite; RESOURCE_EXHAUSTED if memory ran
  // out; the communicator's own errors.
  virtual absl::StatusOr<StepResult> Step(const StepInput& input) = 0;

  // Steps that were made, which is the number of the next one.
  virtual int64_t steps_done() const = 0;

  // All that changes in training, as copies on the CPU: what is trained, the teacher's part of it, AdamW's
  // moments and the number of steps. A learner made from the same checkpoint and settings that is given them
  // goes on exactly as this one would.
  virtual NamedTensors State() const = 0;
  // INVALID_ARGUMENT, naming the tensor, for anything but the names, shapes and dtypes that State returns.
  virtual absl::Status Restore(const NamedTensors& state) = 0;

  // The student as a checkpoint that the server, the engine and WriteOpenClip take: the given one with
  // fine-tuned tensors in float32, and the prompts; `version` and `weight_file` are empty, for they name a
  // file that it no longer is.
  virtual Checkpoint Export() const = 0;

  // All weights under the names of PixelCLIP's own training checkpoints, float32 on the CPU:
  // sem_seg_head.predictor.clip_model.*, sem_seg_head.predictor.prompt_tokens, teacher_encoder.visual.*,
  // head.*.
  virtual NamedTensors PublishedTensors() const = 0;

  // The parameters that are trained, under the same names; they share the learner's memory.
  virtual NamedTensors Parameters() const = 0;

  // Clusters these pictures alone and runs the student on the strong view; changes nothing, talks to no other
  // rank. Errors as of Step.
  virtual absl::StatusOr<Inspection> Inspect(const StepInput& input) const = 0;

  // The cluster embeddings as they are now: [C, D] float32, unit norm, on the CPU. REQUIRES: clustering.
  virtual at::Tensor ClusterEmbeddings() const = 0;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_METHOD_LEARNER_H_
