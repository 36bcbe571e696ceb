#ifndef PIXELCLIP_TRAINER_FIGURES_LEARNED_CLUSTERS_H_
#define PIXELCLIP_TRAINER_FIGURES_LEARNED_CLUSTERS_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/checkpoint/checkpoint.h"
#include "core/features.h"
#include "core/image/image.h"
#include "trainer/masks/picture_masks.h"
#include "trainer/method/method_settings.h"

namespace pixelclip {

// The clusters that a fine-tuned model has learnt. For one thread.
class LearnedClusters {
 public:
  // Loads a checkpoint, and what was learnt from `prompts_file`, a run's prompts.safetensors; where that is
  // empty, from the checkpoint, which must hold prompts then. Their kind, number and length count, not those
  // of `method`. INVALID_ARGUMENT where there are none or they do not fit the model, and as of LoadCheckpoint
  // and PixelClipLearner::Make.
  static absl::StatusOr<std::unique_ptr<LearnedClusters>> Load(const std::string& path,
                                                               const std::string& prompts_file,
                                                               const LoadOptions& load_options,
                                                               MethodSettings method);

  virtual ~LearnedClusters() = default;

  // The prompts' embeddings, of unit norm.
  virtual TextFeatures Embeddings() const = 0;

  // The cluster of each mask of each picture, -1 for masks of a pixel or none. All masks are clustered
  // together, as in a training step; the fine-tuned encoder stands for the teacher that follows it. REQUIRES:
  // pictures of one size; as many stacks as pictures.
  virtual absl::StatusOr<std::vector<std::vector<int>>> Assign(const std::vector<Image>& pictures,
                                                               const std::vector<MaskStack>& masks) const = 0;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_FIGURES_LEARNED_CLUSTERS_H_
