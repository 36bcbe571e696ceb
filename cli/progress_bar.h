#ifndef PIXELCLIP_CLI_PROGRESS_BAR_H_
#define PIXELCLIP_CLI_PROGRESS_BAR_H_

#include <string>

#include "absl/status/status.h"
#include "cli/console.h"

namespace pixelclip {

struct Progress {
  int done = 0;  // including those that failed
  int failed = 0;
  int total = 0;
  double elapsed_seconds = 0;
};

// "██████░░░░░░  12/40  3.4 pictures/s  8 s left  1 failed", in at most `columns` columns. Rate and time left
// appear with the first finished picture.
std::string FormatProgress(const Progress& progress, int columns);

// Tells on Console::err how far many pictures are: on a terminal a bar that is drawn again and again,
// otherwise one line a picture. For a single picture, only its failure is told.
//
// Not thread-safe.
class ProgressBar {
 public:
  // `program` introduces each failure's line.
  ProgressBar(Console& console, std::string program, int total);

  // Counts a picture as done.
  void Finish(const std::string& picture, const absl::Status& status);

  // Takes the bar off the terminal, so that something else can be printed; Finish draws it again.
  void Hide();

  const Progress& progress() const { return progress_; }

 private:
  void Draw();

  Console& console_;
  const std::string program_;
  const double start_;
  Progress progress_;
  double last_drawn_;
  bool visible_ = false;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_CLI_PROGRESS_BAR_H_
