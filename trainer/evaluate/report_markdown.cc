#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "trainer/evaluate/report.h"

namespace pixelclip {
namespace {

std::string Cell(const std::string& text) { return absl::StrReplaceAll(text, {{"|", "\\|"}, {"\n", " "}}); }

std::string Cell(const std::optional<double>& percent) {
  return percent ? absl::StrFormat("%.2f", *percent) : "–";
}

std::string Row(const std::vector<std::string>& cells) {
  return absl::StrCat("| ", absl::StrJoin(cells, " | "), " |\n");
}

// The first column is text, the others are numbers.
std::string Heading(const std::vector<std::string>& cells) {
  std::string lines = Row(cells);
  absl::StrAppend(&lines, "|---|");
  for (size_t i = 1; i < cells.size(); ++i) absl::StrAppend(&lines, "---:|");
  return lines + "\n";
}

bool HasMasks(const Report& report) { return !report.settings.masks.empty(); }

std::string ClassesTable(const SetReport& set) {
  std::vector<std::string> heading = {"class", "pictures", "% of pixels", "IoU", "accuracy"};
  if (set.masks) heading.insert(heading.end(), {"masks", "masks right"});
  std::string table = Heading(heading);
  const std::vector<ClassScore> pixels = set.pixels.PerClass();
  const std::vector<ClassScore> masks = set.masks ? set.masks->PerClass() : std::vector<ClassScore>();
  int64_t total = 0;
  for (const ClassScore& score : pixels) total += score.truth;
  for (size_t k = 0; k < set.classes.size(); ++k) {
    const double share =
        total > 0 ? 100.0 * static_cast<double>(pixels[k].truth) / static_cast<double>(total) : 0;
    std::vector<std::string> cells = {Cell(set.classes[k]), absl::StrCat(set.pictures_of_class[k]),
                                      Cell(share), Cell(pixels[k].iou), Cell(pixels[k].accuracy)};
    if (set.masks) cells.insert(cells.end(), {absl::StrCat(masks[k].truth), Cell(masks[k].accuracy)});
    absl::StrAppend(&table, Row(cells));
  }
  return table;
}

std::string SettingsLines(const Report& report) {
  const ReportSettings& settings = report.settings;
  std::string text = absl::StrCat("Model `", settings.model, "` (", settings.model_version, "), input of ",
                                  settings.resolution, " pixels a side, ", settings.templates.size(),
                                  settings.templates.size() == 1 ? " template" : " templates");
  if (!settings.background_words.empty()) {
    absl::StrAppend(&text, ", ", settings.background_words.size(), " background words");
  }
  if (!settings.options.empty()) absl::StrAppend(&text, ", ", settings.options);
  if (settings.background_threshold) {
    absl::StrAppend(&text, absl::StrFormat(", background below %g", *settings.background_threshold));
  }
  if (HasMasks(report)) absl::StrAppend(&text, ", masks: ", settings.masks);
  absl::StrAppend(&text, ". All figures in percent.");
  if (settings.min_pictures > 1) {
    absl::StrAppend(&text, " Means over the classes that are in at least ", settings.min_pictures,
                    " pictures.");
  }
  if (static_cast<int>(report.shards.size()) < report.shard_count) {
    absl::StrAppend(&text, " Only the parts ", absl::StrJoin(report.shards, ", "), " of ", report.shard_count,
                    ", counted from 0.");
  }
  return text + "\n";
}

}  // namespace

std::string FormatSetsTable(const Report& report) {
  std::vector<std::string> heading = {"set",           "pictures",       "classes", "mIoU",
                                      "mean accuracy", "pixel accuracy", "fw IoU"};
  if (HasMasks(report))
    heading.insert(heading.end(), {"masks", "masks right", "mean over classes", "without class"});
  std::string table = Heading(heading);
  for (const SetReport& set : report.sets) {
    const Scores scores = SummarisePixels(set, report.settings.min_pictures);
    std::vector<std::string> cells = {Cell(set.set),
                                      absl::StrCat(set.pictures),
                                      absl::StrCat(scores.classes),
                                      Cell(scores.mean_iou),
                                      Cell(scores.mean_accuracy),
                                      Cell(scores.pixel_accuracy),
                                      Cell(scores.frequency_weighted_iou)};
    if (set.masks) {
      const Scores masks = set.masks->Summarise(std::vector<bool>(set.classes.size(), true));
      int64_t count = 0;
      for (const ClassScore& score : set.masks->PerClass()) count += score.truth;
      cells.insert(cells.end(), {absl::StrCat(count), Cell(masks.pixel_accuracy), Cell(masks.mean_accuracy),
                                 absl::StrCat(set.masks_without_class)});
    }
    absl::StrAppend(&table, Row(cells));
  }
  return table;
}

std::string FormatReportMarkdown(const Report& report) {
  std::string text = absl::StrCat("# ", report.settings.command, "\n\n", SettingsLines(report), "\n",
                                  FormatSetsTable(report));
  for (const SetReport& set : report.sets) {
    absl::StrAppend(&text, "\n## ", set.set, "\n\n`", set.root, "`\n\n", ClassesTable(set));
  }
  return text;
}

}  // namespace pixelclip
