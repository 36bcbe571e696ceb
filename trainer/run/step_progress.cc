#include "trainer/run/step_progress.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/display_text.h"

namespace pixelclip {
namespace {

constexpr int kBarColumns = 20;
constexpr double kSecondsBetweenDrawings = 0.1;
constexpr double kSecondsBetweenLines = 30;

std::string Bar(double share) {
  std::string bar;
  const int filled = static_cast<int>(share * kBarColumns);
  for (int i = 0; i < kBarColumns; ++i) bar += i < filled ? "█" : "░";
  return bar;
}

std::string Numbers(const RunProgress& progress) {
  std::string text = absl::StrFormat("step %d/%d  loss %.4g", progress.done, progress.total, progress.loss);
  if (progress.pictures_per_second > 0) {
    absl::StrAppendFormat(&text, "  %.3g pictures/s", progress.pictures_per_second);
    if (progress.done < progress.total) {
      absl::StrAppend(&text, "  ", FormatDuration(progress.seconds_left), " left");
    }
  }
  return text;
}

}  // namespace

std::string FormatRunProgress(const RunProgress& progress, int columns) {
  const std::string text = Numbers(progress);
  if (DisplayWidth(text) + 2 + kBarColumns > columns) return Ellipsize(text, columns);
  const double share = static_cast<double>(progress.done) / static_cast<double>(progress.total);
  return absl::StrCat(Bar(share), "  ", text);
}

StepProgress::StepProgress(Console& console, int64_t done, int64_t total, int batch)
    : console_(console), first_(done), batch_(batch), start_(console.now()), last_told_(start_) {
  progress_.done = done;
  progress_.total = total;
}

StepProgress::~StepProgress() {
  if (console_.err_is_terminal && progress_.done > first_) console_.err << std::endl;
}

void StepProgress::Finish(double loss) {
  ++progress_.done;
  progress_.loss = loss;
  const double now = console_.now();
  if (now > start_) {
    const double steps_per_second = static_cast<double>(progress_.done - first_) / (now - start_);
    progress_.pictures_per_second = steps_per_second * batch_;
    progress_.seconds_left = static_cast<double>(progress_.total - progress_.done) / steps_per_second;
  }
  const double pause = console_.err_is_terminal ? kSecondsBetweenDrawings : kSecondsBetweenLines;
  if (now - last_told_ < pause && progress_.done < progress_.total && progress_.done > first_ + 1) return;
  last_told_ = now;
  if (console_.err_is_terminal) {
    console_.err << "\r\x1b[K" << FormatRunProgress(progress_, console_.err_columns - 1) << std::flush;
  } else {
    console_.err << Numbers(progress_) << std::endl;
  }
}

}  // namespace pixelclip
