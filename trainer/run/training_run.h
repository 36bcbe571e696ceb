#ifndef PIXELCLIP_TRAINER_RUN_TRAINING_RUN_H_
#define PIXELCLIP_TRAINER_RUN_TRAINING_RUN_H_

#include <c10/core/Device.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cli/console.h"
#include "trainer/data/example_loader.h"
#include "trainer/method/learner.h"
#include "trainer/run/run_folder.h"
#include "trainer/run/run_log.h"
#include "trainer/run/run_settings.h"
#include "trainer/run/step_progress.h"
#include "trainer/scale/communicator.h"

namespace pixelclip {

// The loop of one rank: batches to steps, and of rank 0 the logs and checkpoints. For one thread.
class TrainingRun {
 public:
  // All but the values must outlive the run.
  struct Parts {
    RunFolder folder;
    LoadedSettings settings;
    std::string model_version;  // of the checkpoint that the learner started from
    c10::Device device = c10::Device(c10::DeviceType::CPU);  // for what ranks tell each other
    PixelClipLearner* learner = nullptr;                     // restored, if the run goes on
    ExampleLoader* loader = nullptr;                         // at the learner's step
    Communicator* communicator = nullptr;
    Console* console = nullptr;
    std::function<double()> wall_seconds;  // since 1970
    std::function<int()> stop_signal;      // the signal that asks this process to stop, or 0
  };

  explicit TrainingRun(Parts parts) : parts_(std::move(parts)) {}

  // Steps until the settings' number of them is done or any rank is asked to stop, after a whole step and
  // with a checkpoint. Returns the signal, or 0.
  //
  // An error ends the run. Where the learner's state is sound and going on with it may help (unreadable
  // pictures, a lost rank), rank 0 writes a checkpoint first; after a loss that is not finite, or where a log
  // or checkpoint cannot be written, the last one stays as it is.
  absl::StatusOr<int> Run();

 private:
  bool IsWriter() const { return parts_.communicator->rank() == 0; }
  absl::Status Step(RunLog* log, StepProgress* progress);
  // The signal that stops all ranks, or 0.
  absl::StatusOr<int> AgreeOnSignal();
  absl::Status Save();
  // Returns `error`, which also says whether what was learnt could be saved.
  absl::Status SaveAfter(const absl::Status& error);

  Parts parts_;
  int64_t saved_step_ = 0;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_RUN_TRAINING_RUN_H_
