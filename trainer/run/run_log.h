#ifndef PIXELCLIP_TRAINER_RUN_RUN_LOG_H_
#define PIXELCLIP_TRAINER_RUN_RUN_LOG_H_

#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "trainer/data/training_example.h"
#include "trainer/method/learner.h"
#include "trainer/run/event_file.h"
#include "trainer/run/run_folder.h"
#include "trainer/run/step_log.h"

namespace pixelclip {

// How long a step took.
struct StepTimes {
  double waiting_seconds = 0;      // for the loader
  double seconds = 0;              // altogether
  double pictures_per_second = 0;  // of all ranks
};

// What a run leaves for those who watch it: losses.jsonl, TensorBoard's file and the pictures of masks and
// clusters. Rank 0's alone. For one thread.
class RunLog {
 public:
  // `first_step` is the first that will be added, counted from 1; what a killed run wrote about it and later
  // ones is taken back. `wall_seconds` tells the time since 1970.
  static absl::StatusOr<RunLog> Open(const RunFolder& folder, int64_t first_step,
                                     std::function<double()> wall_seconds);

  // `step` is the number of steps done.
  absl::Status AddStep(int64_t step, const StepResult& result, const StepTimes& times);

  // Draws what the learner makes of the examples, clustered among themselves.
  absl::Status AddGrid(int64_t step, const std::vector<TrainingExample>& examples,
                       const PixelClipLearner& learner);

 private:
  RunLog(RunFolder folder, StepLog steps, EventFile events, std::function<double()> wall_seconds)
      : folder_(std::move(folder)),
        steps_(std::move(steps)),
        events_(std::move(events)),
        wall_seconds_(std::move(wall_seconds)) {}

  RunFolder folder_;
  StepLog steps_;
  EventFile events_;
  std::function<double()> wall_seconds_;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_RUN_RUN_LOG_H_
