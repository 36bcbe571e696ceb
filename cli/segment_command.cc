#include "cli/segment_command.h"

#include <algorithm>
#include <map>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/synchronization/mutex.h"
#include "cli/class_table.h"
#include "cli/command_line.h"
#include "cli/display_text.h"
#include "cli/file_io.h"
#include "cli/json_output.h"
#include "cli/output_writer.h"
#include "cli/progress_bar.h"
#include "cli/segment_plan.h"

namespace pixelclip {
namespace {

// What a person reads about one picture.
std::string FormatReport(const PictureTask& task, const SegmentAnswer& answer, const Console& console) {
  const LabelMap& size = answer.segmentation.labels;
  std::string report = absl::StrFormat("%s  %d × %d pixels, %s", DisplayName(task.picture), size.width,
                                       size.height, Printable(answer.model));
  if (!answer.stage_seconds.empty()) {
    absl::StrAppend(&report, ", ", FormatDuration(answer.stage_seconds.back().second));
  }
  absl::StrAppend(&report, "\n\n", FormatClassTable(answer.segmentation, console.color, console.out_columns));
  std::string written;
  for (const auto& [kind, path] : {std::pair("overlay", task.files.overlay),
                                   {"labels", task.files.labels},
                                   {"scores", task.files.scores},
                                   {"rle", task.files.rle}}) {
    if (!path.empty()) absl::StrAppend(&written, PadRight(kind, 9), Printable(path), "\n");
  }
  if (!written.empty()) absl::StrAppend(&report, "\n", written);
  return report;
}

// The pictures of one command, shared out among threads.
class SegmentRun {
 public:
  SegmentRun(const std::string& program, const SegmentPlan& plan, const SegmentOptions& options,
             SegmentBackend& backend, Console& console)
      : plan_(plan),
        options_(options),
        backend_(backend),
        console_(console),
        progress_(console, program, static_cast<int>(plan.tasks.size())) {}

  ExitCode Run() {
    const auto pictures = static_cast<int>(plan_.tasks.size());
    std::vector<std::thread> helpers;
    for (int i = 1; i < std::min(options_.parallel, pictures); ++i) helpers.emplace_back([this] { Work(); });
    Work();
    for (std::thread& helper : helpers) helper.join();
    return Conclude();
  }

 private:
  void Work() {
    while (const PictureTask* task = TakeTask()) Report(*task, Process(*task));
  }

  const PictureTask* TakeTask() {
    absl::MutexLock lock(&mutex_);
    return taken_ < plan_.tasks.size() ? &plan_.tasks[taken_++] : nullptr;
  }

  // Returns what to print on standard output.
  absl::StatusOr<std::string> Process(const PictureTask& task) {
    const absl::StatusOr<std::string> encoded = ReadInput(task.picture);
    if (!encoded.ok()) return encoded.status();
    const absl::StatusOr<SegmentAnswer> answer = backend_.Segment(*encoded);
    if (!answer.ok()) return answer.status();
    if (absl::Status status = WriteOutputs(task, *encoded, *answer); !status.ok()) return status;
    if (options_.json) return AnswerToJson(task.picture, *answer, task.files) + "\n";
    return FormatReport(task, *answer, console_);
  }

  void Report(const PictureTask& task, absl::StatusOr<std::string> result) {
    absl::MutexLock lock(&mutex_);
    if (!result.ok()) failed_.push_back(DisplayName(task.picture));
    std::string text = result.ok() ? *std::move(result) : std::string();
    if (options_.json && !result.ok()) text = ErrorToJson(task.picture, result.status()) + "\n";
    waiting_.emplace(&task - plan_.tasks.data(), std::move(text));
    PrintWhatIsDue();
    progress_.Finish(task.picture, result.status());
  }

  void PrintWhatIsDue() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    for (auto next = waiting_.find(printed_); next != waiting_.end(); next = waiting_.find(printed_)) {
      if (WantsText() && !next->second.empty()) {
        progress_.Hide();
        if (!options_.json && printed_ > 0) console_.out << "\n";
        console_.out << next->second << std::flush;
      }
      waiting_.erase(next);
      ++printed_;
    }
  }

  // Tables of many pictures whose results are in files would only be in the way.
  bool WantsText() const {
    const OutputFiles& files = plan_.tasks.front().files;
    const bool writes_files = !absl::StrCat(files.overlay, files.labels, files.scores, files.rle).empty();
    return options_.json || plan_.tasks.size() == 1 || !writes_files;
  }

  ExitCode Conclude() {
    absl::MutexLock lock(&mutex_);
    progress_.Hide();
    const Progress& progress = progress_.progress();
    if (progress.total > 1) {
      console_.err << absl::StrFormat("%d of %d pictures segmented in %s\n", progress.done - progress.failed,
                                      progress.total, FormatDuration(progress.elapsed_seconds));
      if (!failed_.empty()) console_.err << "failed: " << absl::StrJoin(failed_, ", ") << "\n";
      console_.err << std::flush;
    }
    return failed_.empty() ? ExitCode::kSuccess : ExitCode::kFailure;
  }

  const SegmentPlan& plan_;
  const SegmentOptions& options_;
  SegmentBackend& backend_;
  Console& console_;

  absl::Mutex mutex_;
  size_t taken_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t printed_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<size_t, std::string> waiting_ ABSL_GUARDED_BY(mutex_);  // texts of pictures that overtook others
  std::vector<std::string> failed_ ABSL_GUARDED_BY(mutex_);
  ProgressBar progress_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

ExitCode RunSegment(const std::string& program, const SegmentOptions& options,
                    const MakeSegmentBackend& make_backend, Console& console) {
  const absl::StatusOr<SegmentPlan> plan = PlanSegment(options);
  if (!plan.ok()) return Fail(console, program, plan.status(), ExitCode::kUsage);
  const absl::StatusOr<std::unique_ptr<SegmentBackend>> backend =
      make_backend(plan->vocabulary, plan->outputs);
  if (!backend.ok()) return Fail(console, program, backend.status());
  return SegmentRun(program, *plan, options, **backend, console).Run();
}

}  // namespace pixelclip
