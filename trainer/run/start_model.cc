#include "trainer/run/start_model.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "core/checkpoint/checkpoint.h"

namespace pixelclip {

absl::StatusOr<StartedModel> StartModel(const RunSettings& settings, Communicator* communicator) {
  StartedModel started;
  started.path = settings.model;
  const absl::StatusOr<Checkpoint> checkpoint = LoadCheckpoint(started.path, {settings.activation});
  if (!checkpoint.ok()) return checkpoint.status();
  started.version = checkpoint->version;
  started.config = checkpoint->config;
  absl::StatusOr<std::unique_ptr<PixelClipLearner>> learner =
      PixelClipLearner::Make(*checkpoint, settings.method, communicator);
  if (!learner.ok()) return learner.status();
  started.learner = *std::move(learner);
  return started;
}

absl::Status ContinueFrom(const TrainingCheckpoint& checkpoint, StartedModel& model) {
  if (checkpoint.model_version != model.version) {
    return absl::InvalidArgumentError(
        absl::StrCat(model.path, ": the run began with another model, of version ", checkpoint.model_version,
                     "; this one's is ", model.version));
  }
  return model.learner->Restore(checkpoint.state);
}

}  // namespace pixelclip
