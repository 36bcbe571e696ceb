#ifndef PIXELCLIP_TRAINER_RUN_TRAINING_CHECKPOINT_H_
#define PIXELCLIP_TRAINER_RUN_TRAINING_CHECKPOINT_H_

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "trainer/data/example_loader.h"
#include "trainer/run/run_folder.h"

namespace pixelclip {

// All that a run needs to go on as if it had never stopped. There are no random states to keep: whatever is
// random follows from the seed, which is in the settings, and from the step.
struct TrainingCheckpoint {
  std::map<std::string, at::Tensor> state;  // PixelClipLearner::State
  LoaderPosition position;                  // position.step: steps done
  std::string settings;                     // YAML, all of them
  std::string model_version;                // Checkpoint::version of the model that the run started from
};

// Writes a safetensors file whose metadata holds all but the tensors. The file appears when it is complete
// and on the disk; whatever goes wrong (RESOURCE_EXHAUSTED: the disk is full), what was there before stays.
absl::Status SaveTrainingCheckpoint(const TrainingCheckpoint& checkpoint, const std::string& path);

// INVALID_ARGUMENT, naming the file, for a broken one or one of another kind.
absl::StatusOr<TrainingCheckpoint> ReadTrainingCheckpoint(const std::string& path);

// The newest checkpoint of a run that can be read; NOT_FOUND if there is none. `passed_over` gets a message
// for each newer one that is broken.
absl::StatusOr<TrainingCheckpoint> ReadNewestCheckpoint(const RunFolder& folder,
                                                        std::vector<std::string>& passed_over);

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_RUN_TRAINING_CHECKPOINT_H_
