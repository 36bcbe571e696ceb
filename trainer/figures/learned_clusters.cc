#include "trainer/figures/learned_clusters.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/stack.h>
#include <c10/util/Exception.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "core/checkpoint/problem.h"
#include "core/model/plain_array.h"
#include "trainer/method/learner.h"
#include "trainer/scale/communicator.h"

namespace pixelclip {
namespace {

// [3, H, W] uint8.
at::Tensor ToTensor(const Image& image) {
  at::Tensor interleaved = at::empty({image.height, image.width, 3}, at::kByte);
  std::copy(image.pixels.begin(), image.pixels.end(), interleaved.mutable_data_ptr<uint8_t>());
  return interleaved.permute({2, 0, 1}).contiguous();
}

// [M, side, side] uint8.
at::Tensor ToTensor(const MaskStack& masks) {
  at::Tensor planes = at::empty({masks.count, masks.side, masks.side}, at::kByte);
  std::copy(masks.pixels.begin(), masks.pixels.end(), planes.mutable_data_ptr<uint8_t>());
  return planes;
}

std::vector<int> ToClusters(const at::Tensor& assignments) {
  const at::Tensor plain = assignments.contiguous();
  const int64_t* first = plain.const_data_ptr<int64_t>();
  return std::vector<int>(first, first + plain.numel());
}

class LearnerClusters : public LearnedClusters {
 public:
  LearnerClusters(std::unique_ptr<Communicator> communicator, std::unique_ptr<PixelClipLearner> learner)
      : communicator_(std::move(communicator)), learner_(std::move(learner)) {}

  TextFeatures Embeddings() const override {
    const at::Tensor embeddings = learner_->ClusterEmbeddings();
    return {static_cast<int>(embeddings.size(0)), static_cast<int>(embeddings.size(1)),
            ToPlainArray(embeddings)};
  }

  absl::StatusOr<std::vector<std::vector<int>>> Assign(const std::vector<Image>& pictures,
                                                       const std::vector<MaskStack>& masks) const override {
    try {
      std::vector<at::Tensor> views;
      for (const Image& picture : pictures) views.push_back(ToTensor(picture));
      StepInput input;
      input.weak = at::stack(views);
      input.strong = input.weak;
      for (const MaskStack& stack : masks) input.masks.push_back(ToTensor(stack));
      const absl::StatusOr<Inspection> seen = learner_->Inspect(input);
      if (!seen.ok()) return seen.status();
      std::vector<std::vector<int>> clusters;
      for (const at::Tensor& assignments : seen->assignments) clusters.push_back(ToClusters(assignments));
      return clusters;
    } catch (const c10::Error& error) {
      return absl::InternalError(error.what_without_backtrace());
    }
  }

 private:
  const std::unique_ptr<Communicator> communicator_;  // which the learner uses
  const std::unique_ptr<PixelClipLearner> learner_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<LearnedClusters>> LearnedClusters::Load(const std::string& path,
                                                                       const LoadOptions& load_options,
                                                                       MethodSettings method) {
  const absl::StatusOr<Checkpoint> checkpoint = LoadCheckpoint(path, load_options);
  if (!checkpoint.ok()) return checkpoint.status();
  if (!checkpoint->prompt_tokens) {
    return Invalid(path, ": found no learned prompts, expected a checkpoint in PixelCLIP's own layout");
  }
  method.cluster_masks = true;
  method.text_encoder = true;
  method.clusters = checkpoint->prompt_tokens->shape[0];
  method.prompt_length = checkpoint->prompt_tokens->shape[1];
  method.prompt_words.clear();

  std::unique_ptr<Communicator> communicator = MakeSingleProcess();
  absl::StatusOr<std::unique_ptr<PixelClipLearner>> learner =
      PixelClipLearner::Make(*checkpoint, method, communicator.get());
  if (!learner.ok()) return Prefixed(path, learner.status());
  return std::make_unique<LearnerClusters>(std::move(communicator), *std::move(learner));
}

}  // namespace pixelclip
