#include "trainer/evaluate/report.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "cli/file_io.h"
#include "trainer/evaluate/confusion_files.h"

namespace pixelclip {
namespace {

// What makes two parts' sets the same.
bool IsSameSet(const SetReport& a, const SetReport& b) {
  return a.set == b.set && a.classes == b.classes && a.masks.has_value() == b.masks.has_value();
}

void AddCounts(const std::vector<int64_t>& from, std::vector<int64_t>* to) {
  std::transform(from.begin(), from.end(), to->begin(), to->begin(), std::plus<int64_t>());
}

void AddConfusion(const Confusion& from, Confusion* to) {
  std::vector<int64_t> counts = to->counts();
  AddCounts(from.counts(), &counts);
  to->SetCounts(std::move(counts));
}

void AddSet(const SetReport& from, SetReport* to) {
  to->pictures += from.pictures;
  to->masks_without_class += from.masks_without_class;
  AddCounts(from.pictures_of_class, &to->pictures_of_class);
  AddConfusion(from.pixels, &to->pixels);
  if (from.masks) AddConfusion(*from.masks, &*to->masks);
}

}  // namespace

bool ReportSettings::operator==(const ReportSettings& other) const {
  // The model may lie elsewhere on each machine.
  return command == other.command && model_version == other.model_version && resolution == other.resolution &&
         templates == other.templates && background_words == other.background_words &&
         background_threshold == other.background_threshold && min_pictures == other.min_pictures &&
         masks == other.masks && options == other.options;
}

Scores SummarisePixels(const SetReport& set, int min_pictures) {
  std::vector<bool> counted;
  for (const int64_t pictures : set.pictures_of_class) counted.push_back(pictures >= min_pictures);
  return set.pixels.Summarise(counted);
}

absl::StatusOr<Report> MergeReports(const std::vector<Report>& parts) {
  if (parts.empty()) return absl::InvalidArgumentError("no reports to add up");
  Report whole = parts.front();
  for (size_t i = 1; i < parts.size(); ++i) {
    const Report& part = parts[i];
    const auto differs = [i](const char* what) {
      return absl::InvalidArgumentError(
          absl::StrCat("report ", i + 1, " differs from the first in its ", what));
    };
    if (!(part.settings == whole.settings)) return differs("settings");
    if (part.shard_count != whole.shard_count) return differs("number of parts");
    if (!std::equal(part.sets.begin(), part.sets.end(), whole.sets.begin(), whole.sets.end(), IsSameSet)) {
      return differs("sets");
    }
    for (const int shard : part.shards) {
      if (std::count(whole.shards.begin(), whole.shards.end(), shard) > 0) {
        return absl::InvalidArgumentError(absl::StrCat("part ", shard, " comes twice"));
      }
      whole.shards.push_back(shard);
    }
    for (size_t s = 0; s < part.sets.size(); ++s) AddSet(part.sets[s], &whole.sets[s]);
  }
  std::sort(whole.shards.begin(), whole.shards.end());
  return whole;
}

absl::Status WriteReport(const Report& report, const ReportFiles& files) {
  if (!files.json.empty()) {
    const absl::Status status = WriteFileAtomically(files.json, FormatReportJson(report));
    if (!status.ok()) return status;
  }
  if (!files.markdown.empty()) {
    const absl::Status status = WriteFileAtomically(files.markdown, FormatReportMarkdown(report));
    if (!status.ok()) return status;
  }
  if (files.confusion_folder.empty()) return absl::OkStatus();
  std::error_code error;
  std::filesystem::create_directories(files.confusion_folder, error);
  if (error) return absl::ErrnoToStatus(error.value(), files.confusion_folder);
  for (const SetReport& set : report.sets) {
    const std::string path = (std::filesystem::path(files.confusion_folder) / set.set).string();
    absl::Status status = WriteFileAtomically(absl::StrCat(path, ".csv"), FormatConfusionCsv(set));
    if (!status.ok()) return status;
    const absl::StatusOr<std::string> png = DrawConfusion(set.pixels);
    if (!png.ok()) return png.status();
    status = WriteFileAtomically(absl::StrCat(path, ".png"), *png);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace pixelclip
