#include "trainer/run/run_folder.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace pixelclip {
namespace {

namespace fs = std::filesystem;

constexpr char kPrefix[] = "step_";
constexpr char kSuffix[] = ".safetensors";

void RemoveTemporaryFiles(const fs::path& folder) {
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    if (entry->path().extension() == ".tmp") fs::remove(entry->path(), error);
  }
}

}  // namespace

std::string RunFolder::StepName(int64_t step) { return absl::StrFormat("%s%08d", kPrefix, step); }

absl::Status RunFolder::Create() const {
  for (const char* part : {"", "/grids", "/checkpoints"}) {
    std::error_code error;
    const fs::path folder = path_ + part;
    fs::create_directories(folder, error);
    if (error)
      return absl::ErrnoToStatus(error.value(), absl::StrCat(folder.string(), ": cannot be created"));
    RemoveTemporaryFiles(folder);
  }
  return absl::OkStatus();
}

std::vector<int64_t> RunFolder::CheckpointSteps() const {
  std::vector<int64_t> steps;
  std::error_code error;
  for (fs::directory_iterator entry(path_ + "/checkpoints", error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    absl::string_view digits = name;
    int64_t step = 0;
    if (absl::ConsumePrefix(&digits, kPrefix) && absl::ConsumeSuffix(&digits, kSuffix) &&
        absl::SimpleAtoi(digits, &step) && StepName(step) + kSuffix == name) {
      steps.push_back(step);
    }
  }
  std::sort(steps.begin(), steps.end());
  return steps;
}

void RunFolder::RemoveOldCheckpoints(int keep) const {
  std::vector<int64_t> steps = CheckpointSteps();
  steps.resize(steps.size() - std::min(steps.size(), static_cast<size_t>(keep)));
  std::error_code error;
  for (const int64_t step : steps) fs::remove(checkpoint(step), error);
}

}  // namespace pixelclip
