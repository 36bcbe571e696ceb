#ifndef PIXELCLIP_TRAINER_METHOD_TRAINING_MODEL_H_
#define PIXELCLIP_TRAINER_METHOD_TRAINING_MODEL_H_

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/checkpoint/checkpoint.h"
#include "core/model/weights.h"
#include "trainer/method/adam_w.h"
#include "trainer/method/class_prompts.h"
#include "trainer/method/decoder.h"
#include "trainer/method/method_settings.h"
#include "trainer/method/step_input.h"
#include "trainer/method/stochastic_depth.h"
#include "trainer/method/targets.h"
#include "trainer/method/visual_tower.h"
#include "trainer/scale/communicator.h"

namespace pixelclip {

// The networks that train together: student, teacher, class prompts and decoder, with all their tensors. What
// a method computes has a graph where the caller's thread allows gradients, unless it says otherwise. Names
// are those of PixelCLIP's own training checkpoints.
class TrainingModel {
 public:
  using Tensors = std::map<std::string, at::Tensor>;

  // The start of a training. INVALID_ARGUMENT names a prompt template that does not fit. REQUIRES:
  // CheckMethodSettings has passed them.
  static absl::StatusOr<TrainingModel> Make(const Checkpoint& checkpoint, const MethodSettings& settings,
                                            c10::Device device);

  // What is trained, in the order in which a forward pass uses it.
  std::vector<TrainedParameter> Parameters() const;

  // [C, D] unit norm; undefined without clustering.
  at::Tensor ClusterEmbeddings() const;

  // Which blocks of a tower `count` pictures go through in a step (DrawBranchFactors), on the device;
  // undefined where all go through all.
  at::Tensor DropBlocks(Tower tower, int64_t step, int64_t first_picture, int64_t count) const;

  // Dense features of the student, [B, h, w, D] float32, not normalised. pictures: [B, 3, H, W] RGB 0..255;
  // branch_factors: DropBlocks' for these B, or undefined.
  at::Tensor EncodeStudent(const at::Tensor& pictures, const at::Tensor& branch_factors = {}) const;

  // The teacher's tuned tensors after one more momentum update, which is not made. No graph.
  Tensors MovedTeacher() const;
  void SetTeacher(Tensors teacher) { teacher_ = std::move(teacher); }
  const Tensors& teacher() const { return teacher_; }

  // What a teacher with these tensors makes of the weak views and their masks. `branch_factors`: DropBlocks',
  // or undefined; `embeddings`: the clusters'. No graph. Every rank must call it.
  absl::StatusOr<std::vector<PictureTargets>> MakeTargets(const StepInput& input, const Tensors& teacher,
                                                          const at::Tensor& branch_factors,
                                                          const at::Tensor& embeddings,
                                                          Communicator& communicator) const;

  // For cost volumes of height x width.
  Decoder MakeDecoder(int64_t height, int64_t width) const {
    return Decoder(Weights(decoder_), height, width);
  }

  // Pictures that pass an encoder at once, of a batch of so many.
  int64_t MicroBatch(int64_t pictures) const;

  // The tensors that change in training: Parameters' values, frozen prompts and the teacher's tuned tensors.
  // They share the model's memory.
  Tensors ChangingTensors() const;

  // See PixelClipLearner.
  Checkpoint Export() const;
  Tensors PublishedTensors() const;

 private:
  TrainingModel(const Checkpoint& checkpoint, const MethodSettings& settings, c10::Device device);

  at::Tensor Encode(const at::Tensor& pictures, const Tensors& tuned, const at::Tensor& branch_factors) const;
  const char* prompts_name() const;

  Checkpoint checkpoint_;
  MethodSettings settings_;
  c10::Device device_;
  Weights weights_;  // of the whole checkpoint, on the device
  VisualTower tower_;
  at::Tensor mean_, std_;  // of pixels 0..255: [1, 3, 1, 1]

  Tensors student_, teacher_;            // the visual encoder's tuned tensors, under the checkpoint's names
  Tensors decoder_;                      // without "head."
  std::optional<ClassPrompts> prompts_;  // with text encoder
  at::Tensor prompt_tokens_;  // [C, L, width], or free vectors [C, D]; undefined without clustering
};

// The cosines of all features of each picture with that picture's own embeddings: [n, 1, h, w], the channels
// of all pictures in order. features: [B, h, w, D]; embeddings: B of [C_b, D], unit norm.
at::Tensor CostVolumes(const at::Tensor& features, const std::vector<at::Tensor>& embeddings);

// Some columns of a matrix, or nothing of nothing.
at::Tensor Columns(const at::Tensor& matrix, int64_t first, int64_t count);

// A contiguous copy on the CPU, without a graph.
at::Tensor CopyOnCpu(const at::Tensor& tensor);

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_METHOD_TRAINING_MODEL_H_
