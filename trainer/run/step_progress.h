#ifndef PIXELCLIP_TRAINER_RUN_STEP_PROGRESS_H_
#define PIXELCLIP_TRAINER_RUN_STEP_PROGRESS_H_

#include <cstdint>
#include <string>

#include "cli/console.h"

namespace pixelclip {

// How far a run is.
struct RunProgress {
  int64_t done = 0;                // steps, with those of earlier sessions
  int64_t total = 0;               // steps
  double pictures_per_second = 0;  // 0: not known yet
  double seconds_left = 0;
  double loss = 0;
};

// "████░░░░  step 120/10000  loss 0.512  6.2 pictures/s  3 min 10 s left", in at most `columns` columns.
std::string FormatRunProgress(const RunProgress& progress, int columns);

// Tells on Console::err how far a run is: on a terminal a bar that is drawn again and again, otherwise a line
// every half minute, and for the last step. Not thread-safe.
class StepProgress {
 public:
  // `done` of `total` steps were made in earlier sessions. `batch`: pictures of a step.
  StepProgress(Console& console, int64_t done, int64_t total, int batch);
  ~StepProgress();
  StepProgress(const StepProgress&) = delete;
  StepProgress& operator=(const StepProgress&) = delete;

  void Finish(double loss);

 private:
  Console& console_;
  const int64_t first_;
  const int batch_;
  const double start_;
  RunProgress progress_;
  double last_told_;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_RUN_STEP_PROGRESS_H_
