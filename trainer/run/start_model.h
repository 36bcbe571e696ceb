#ifndef PIXELCLIP_TRAINER_RUN_START_MODEL_H_
#define PIXELCLIP_TRAINER_RUN_START_MODEL_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/model_config.h"
#include "trainer/method/learner.h"
#include "trainer/run/run_settings.h"
#include "trainer/run/training_checkpoint.h"
#include "trainer/scale/communicator.h"

namespace pixelclip {

// A learner at its first step.
struct StartedModel {
  std::string path;     // of the checkpoint that it started from
  std::string version;  // Checkpoint::version of it
  ModelConfig config;
  std::unique_ptr<PixelClipLearner> learner;
};

// Loads the model that the settings name. `communicator` must outlive the learner. Errors of LoadCheckpoint
// and of PixelClipLearner::Make.
absl::StatusOr<StartedModel> StartModel(const RunSettings& settings, Communicator* communicator);

// Brings the learner to a checkpoint's step. INVALID_ARGUMENT if the run began with another model.
absl::Status ContinueFrom(const TrainingCheckpoint& checkpoint, StartedModel& model);

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_RUN_START_MODEL_H_
