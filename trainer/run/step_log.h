#ifndef PIXELCLIP_TRAINER_RUN_STEP_LOG_H_
#define PIXELCLIP_TRAINER_RUN_STEP_LOG_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "trainer/run/append_file.h"

namespace pixelclip {

// The figures of one step, in the order in which they are written.
struct StepRecord {
  int64_t step = 0;  // the first step of a run is 1
  std::vector<std::pair<std::string, double>> values;
};

// A JSON-lines file with one object a step, {"step": 1, "loss": 0.69, ...}, every double with all of its
// digits, null for one that is not finite. For one thread.
class StepLog {
 public:
  // Opens the file for a run whose next step is `first_step`: lines of that step and of later ones, which a
  // killed run wrote after its last checkpoint, are taken out first, as is a line that was not finished.
  static absl::StatusOr<StepLog> Open(const std::string& path, int64_t first_step);

  absl::Status Add(const StepRecord& record);

 private:
  explicit StepLog(AppendFile file) : file_(std::move(file)) {}

  AppendFile file_;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_RUN_STEP_LOG_H_
