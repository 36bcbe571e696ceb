#ifndef PIXELCLIP_TRAINER_RUN_TRAIN_H_
#define PIXELCLIP_TRAINER_RUN_TRAIN_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/console.h"
#include "trainer/run/run_settings.h"
#include "trainer/scale/launch_environment.h"

namespace pixelclip {

struct TrainOptions {
  LoadedSettings settings;
  std::string out;      // the run's folder
  bool resume = false;  // goes on from the newest complete checkpoint there, or begins where there is none
  LaunchEnvironment environment;

  std::function<double()> wall_seconds;  // since 1970
  std::function<int()> stop_signal;      // the signal that asks this process to stop, or 0
};

// Trains, as one rank of the environment's, and exports what was learnt when the last step is done. Returns
// the signal that stopped it, or 0. Rank 0 alone writes files and tells the console how far it is; the ranks
// share rank 0's folder where they resume.
//
// FAILED_PRECONDITION if the folder holds a run already and resume is not set; INVALID_ARGUMENT, naming the
// key and both values, if the run that is resumed had other settings; otherwise the errors of data, model,
// ranks and files, each naming what it is about.
absl::StatusOr<int> Train(const TrainOptions& options, Console& console);

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_RUN_TRAIN_H_
