#include "trainer/evaluate/evaluate.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "trainer/evaluate/file_error.h"
#include "trainer/evaluate/measure_sets.h"
#include "trainer/masks/picture_files.h"

namespace pixelclip {
namespace {

void CountPixels(const LabelMap& truth, const LabelMap& labels, SetReport& report) {
  report.pixels.Add(truth.labels, labels.labels);
}

}  // namespace

absl::StatusOr<Shard> ParseShard(std::string_view text) {
  const size_t slash = text.find('/');
  Shard shard;
  if (slash != std::string_view::npos && absl::SimpleAtoi(std::string(text.substr(0, slash)), &shard.index) &&
      absl::SimpleAtoi(std::string(text.substr(slash + 1)), &shard.count) && shard.index >= 0 &&
      shard.index < shard.count) {
    return shard;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("part \"", std::string(text), "\": must be I/N with 0 <= I < N, such as 0/2"));
}

absl::StatusOr<Report> Evaluate(const Segmenter& segmenter, const EvaluateOptions& options,
                                Console& console) {
  Measurement measurement;
  measurement.command = "evaluate";
  measurement.count_labels = CountPixels;
  return MeasureSets(segmenter, options, measurement, console);
}

absl::Status RunEvaluate(const EvaluateOptions& options, Console& console) {
  return LoadAndReport(
      options, [&](const Segmenter& segmenter) { return Evaluate(segmenter, options, console); }, console);
}

absl::Status RunMergeReports(const std::vector<std::string>& paths, const ReportFiles& files,
                             Console& console) {
  std::vector<Report> parts;
  for (const std::string& path : paths) {
    const auto text = ReadFileBytes(path);
    if (!text.ok()) return text.status();
    auto part = ParseReportJson(*text);
    if (!part.ok()) return FileError(path, part.status());
    parts.push_back(*std::move(part));
  }
  const auto merged = MergeReports(parts);
  if (!merged.ok()) return FileError(absl::StrJoin(paths, ", "), merged.status());
  if (static_cast<int>(merged->shards.size()) != merged->shard_count) {
    return FileError(absl::StrJoin(paths, ", "),
                     absl::StrCat("of ", merged->shard_count, " parts, counted from 0, only these are here: ",
                                  absl::StrJoin(merged->shards, ", ")));
  }
  console.out << FormatSetsTable(*merged);
  return WriteReport(*merged, files);
}

}  // namespace pixelclip
