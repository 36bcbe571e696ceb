#include "cli/progress_bar.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/display_text.h"

namespace pixelclip {
namespace {

constexpr double kSecondsBetweenDrawings = 0.1;
constexpr int kWidestBar = 40;
constexpr int kNarrowestBar = 5;

std::string Repeat(const char* text, int count) {
  std::string repeated;
  for (int i = 0; i < count; ++i) repeated += text;
  return repeated;
}

// Blocks of eighths, so that the bar moves with every picture.
std::string FormatBar(double share, int columns) {
  static constexpr const char* kEighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const int eighths = static_cast<int>(share * columns * 8);
  const std::string filled = Repeat("█", eighths / 8) + kEighths[eighths % 8];
  return filled + Repeat("░", columns - DisplayWidth(filled));
}

}  // namespace

std::string FormatProgress(const Progress& progress, int columns) {
  std::string numbers = absl::StrFormat("%d/%d", progress.done, progress.total);
  if (progress.done > 0 && progress.elapsed_seconds > 0) {
    const double rate = progress.done / progress.elapsed_seconds;
    absl::StrAppendFormat(&numbers, rate < 10 ? "  %.2g pictures/s" : "  %.0f pictures/s", rate);
    const int left = progress.total - progress.done;
    if (left > 0) absl::StrAppend(&numbers, "  ", FormatDuration(left / rate), " left");
  }
  if (progress.failed > 0) absl::StrAppend(&numbers, "  ", progress.failed, " failed");

  const int bar_columns = std::min(kWidestBar, columns - DisplayWidth(numbers) - 2);
  if (bar_columns < kNarrowestBar) return Ellipsize(numbers, columns);
  const double share = progress.total > 0 ? static_cast<double>(progress.done) / progress.total : 1;
  return absl::StrCat(FormatBar(share, bar_columns), "  ", numbers);
}

ProgressBar::ProgressBar(Console& console, std::string program, int total)
    : console_(console), program_(std::move(program)), start_(console.now()), last_drawn_(start_) {
  progress_.total = total;
  Draw();
}

void ProgressBar::Finish(const std::string& picture, const absl::Status& status) {
  ++progress_.done;
  progress_.elapsed_seconds = console_.now() - start_;
  if (!status.ok()) {
    ++progress_.failed;
    Hide();
    // Messages about files begin with their names already.
    const std::string message = Printable({status.message().data(), status.message().size()});
    const std::string name = DisplayName(picture);
    console_.err << program_ << ": " << (message.rfind(name, 0) == 0 ? "" : name + ": ") << message
                 << std::endl;
  } else if (!console_.err_is_terminal && progress_.total > 1) {
    console_.err << absl::StrFormat("[%d/%d] %s", progress_.done, progress_.total, DisplayName(picture))
                 << std::endl;
  }
  const double now = console_.now();
  if (!visible_ || progress_.done == progress_.total || now - last_drawn_ >= kSecondsBetweenDrawings) {
    last_drawn_ = now;
    Draw();
  }
}

void ProgressBar::Hide() {
  if (visible_) console_.err << "\r\x1b[K" << std::flush;
  visible_ = false;
}

void ProgressBar::Draw() {
  if (!console_.err_is_terminal || progress_.total < 2) return;
  // One column less than there are: some terminals wrap after the last.
  console_.err << "\r" << FormatProgress(progress_, console_.err_columns - 1) << "\x1b[K" << std::flush;
  visible_ = true;
}

}  // namespace pixelclip
