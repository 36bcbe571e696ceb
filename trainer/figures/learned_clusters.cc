#include "trainer/figures/learned_clusters.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/stack.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "core/checkpoint/problem.h"
#include "core/checkpoint/safetensors.h"
#include "core/model/guarded.h"
#include "core/model/plain_array.h"
#include "core/model/weights.h"
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
    return Guarded([&]() -> absl::StatusOr<std::vector<std::vector<int>>> {
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
    });
  }

 private:
  const std::unique_ptr<Communicator> communicator_;  // which the learner uses
  const std::unique_ptr<PixelClipLearner> learner_;
};

// Prompts of the text encoder, [C, L, width], or clusters' embeddings, [C, D], as a file stores them.
struct StoredPrompts {
  std::shared_ptr<const void> owner;
  StoredTensor tensor;
};

absl::StatusOr<StoredPrompts> ReadPromptsFile(const std::string& path) {
  absl::StatusOr<SafetensorsFile> file = SafetensorsFile::Open(path);
  if (!file.ok()) return file.status();
  for (const auto& [name, axes] : {std::pair("prompt_tokens", 3), std::pair("cluster_embeddings", 2)}) {
    const auto found = file->tensors().find(name);
    if (found == file->tensors().end()) continue;
    const std::vector<int64_t>& shape = found->second.shape;
    if (shape.size() != static_cast<size_t>(axes) || !IsFloatingPoint(found->second.dtype)) {
      return Invalid(path, ": ", name, ": found ", ShapeString(shape), " of ", DTypeName(found->second.dtype),
                     ", expected ", axes, " axes of floating-point numbers");
    }
    return StoredPrompts{file->file(), found->second};
  }
  return Invalid(
      path, ": found neither prompt_tokens nor cluster_embeddings, expected a run's prompts.safetensors");
}

absl::StatusOr<StoredPrompts> FindPrompts(const Checkpoint& checkpoint, const std::string& path,
                                          const std::string& prompts_file) {
  if (!prompts_file.empty()) return ReadPromptsFile(prompts_file);
  if (checkpoint.prompt_tokens) return StoredPrompts{nullptr, *checkpoint.prompt_tokens};
  return Invalid(
      path, ": found no learned prompts, expected a run's folder or a checkpoint in PixelCLIP's own layout");
}

// Puts the prompts in the place of those that the learner started with.
absl::Status PutPrompts(const StoredPrompts& prompts, PixelClipLearner& learner) {
  NamedTensors state = learner.State();
  const bool is_tokens = prompts.tensor.shape.size() == 3;
  const char* name =
      is_tokens ? "sem_seg_head.predictor.prompt_tokens" : "sem_seg_head.predictor.cluster_embeddings";
  state[name] = Weights({{name, prompts.tensor}}).Get(name);
  return learner.Restore(state);
}

}  // namespace

absl::StatusOr<std::unique_ptr<LearnedClusters>> LearnedClusters::Load(const std::string& path,
                                                                       const std::string& prompts_file,
                                                                       const LoadOptions& load_options,
                                                                       MethodSettings method) {
  const absl::StatusOr<Checkpoint> checkpoint = LoadCheckpoint(path, load_options);
  if (!checkpoint.ok()) return checkpoint.status();
  const absl::StatusOr<StoredPrompts> prompts = FindPrompts(*checkpoint, path, prompts_file);
  if (!prompts.ok()) return prompts.status();
  const std::vector<int64_t>& shape = prompts->tensor.shape;
  method.cluster_masks = true;
  method.text_encoder = shape.size() == 3;
  method.clusters = shape[0];
  if (method.text_encoder) method.prompt_length = shape[1];
  method.prompt_words.clear();

  return Guarded([&]() -> absl::StatusOr<std::unique_ptr<LearnedClusters>> {
    std::unique_ptr<Communicator> communicator = MakeSingleProcess();
    absl::StatusOr<std::unique_ptr<PixelClipLearner>> learner =
        PixelClipLearner::Make(*checkpoint, method, communicator.get());
    if (!learner.ok()) return Prefixed(path, learner.status());
    if (absl::Status status = PutPrompts(*prompts, **learner); !status.ok()) {
      return Prefixed(prompts_file.empty() ? path : prompts_file, status);
    }
    return std::make_unique<LearnerClusters>(std::move(communicator), *std::move(learner));
  });
}

}  // namespace pixelclip
