#ifndef PIXELCLIP_TRAINER_EVALUATE_REPORT_H_
#define PIXELCLIP_TRAINER_EVALUATE_REPORT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "trainer/evaluate/confusion.h"

namespace pixelclip {

// What was counted on one set.
struct SetReport {
  std::string set;
  std::string root;
  std::vector<std::string> classes;  // names of all labels
  int64_t pictures = 0;
  std::vector<int64_t> pictures_of_class;  // that have it in their ground truth
  Confusion pixels{1};
  std::optional<Confusion> masks;   // of classify-masks
  int64_t masks_without_class = 0;  // masks of which no class covers more than half
};

// What must be the same for reports to be added up.
struct ReportSettings {
  std::string command;  // "evaluate" or "classify-masks"
  std::string model;    // as the user named it
  std::string model_version;
  int resolution = 0;
  std::vector<std::string> templates;
  std::vector<std::string> background_words;
  std::optional<float> background_threshold;
  int min_pictures = 1;  // the means run over classes that occur in at least so many pictures
  std::string masks;     // of classify-masks: which
  std::string options;   // what else differs from the published way, in words

  bool operator==(const ReportSettings& other) const;
};

// All that a run has measured: of everything, or of some of `shard_count` equal parts.
struct Report {
  ReportSettings settings;
  int shard_count = 1;
  std::vector<int> shards = {0};  // those that are in it, ascending
  std::vector<SetReport> sets;
};

// The two means over the classes of min_pictures pictures, and the rest over all pixels.
Scores SummarisePixels(const SetReport& set, int min_pictures);

// Parts of one run become one report, whatever their order. INVALID_ARGUMENT where settings or sets differ,
// or a part comes twice. The result may still lack parts.
absl::StatusOr<Report> MergeReports(const std::vector<Report>& parts);

// A report file holds the counts beside the figures, so that ParseReport can read it back; docs/evaluation.md
// describes it. ParseReport's errors name the field.
std::string FormatReportJson(const Report& report);
absl::StatusOr<Report> ParseReportJson(std::string_view json);

// In Markdown: the table of the sets, a row each, and with it one table for each set's classes.
std::string FormatSetsTable(const Report& report);
std::string FormatReportMarkdown(const Report& report);

// Where a report is written; empty paths are not.
struct ReportFiles {
  std::string json;
  std::string markdown;
  // A folder for SET.csv, the counts with names, and SET.png, each row of them in shares; made if missing.
  std::string confusion_folder;
};

// Errors name the file.
absl::Status WriteReport(const Report& report, const ReportFiles& files);

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_EVALUATE_REPORT_H_
