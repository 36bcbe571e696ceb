#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "trainer/evaluate/report.h"

namespace pixelclip {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kFormat = 1;
// Sums of so many parts of so many counts stay far from overflow.
constexpr int64_t kMaxCount = int64_t{1} << 50;
constexpr int kMaxShards = 4096;
constexpr int64_t kMaxClasses = 65533;

Json OrNull(const std::optional<double>& value) { return value ? Json(*value) : Json(); }

Json ConfusionRows(const Confusion& confusion) {
  Json rows = Json::array();
  const auto& counts = confusion.counts();
  for (auto row = counts.begin(); row != counts.end(); row += confusion.columns()) {
    rows.push_back(std::vector<int64_t>(row, row + confusion.columns()));
  }
  return rows;
}

Json ClassesJson(const SetReport& set) {
  const std::vector<ClassScore> pixels = set.pixels.PerClass();
  const std::vector<ClassScore> masks = set.masks ? set.masks->PerClass() : std::vector<ClassScore>();
  Json classes = Json::array();
  for (size_t k = 0; k < set.classes.size(); ++k) {
    Json item = {{"name", set.classes[k]},       {"pictures", set.pictures_of_class[k]},
                 {"pixels", pixels[k].truth},    {"predicted_pixels", pixels[k].predicted},
                 {"iou", OrNull(pixels[k].iou)}, {"accuracy", OrNull(pixels[k].accuracy)}};
    if (set.masks) {
      item["masks"] = masks[k].truth;
      item["mask_accuracy"] = OrNull(masks[k].accuracy);
    }
    classes.push_back(std::move(item));
  }
  return classes;
}

Json SetJson(const SetReport& set, int min_pictures) {
  const Scores scores = SummarisePixels(set, min_pictures);
  Json json = {{"set", set.set},
               {"root", set.root},
               {"pictures", set.pictures},
               {"classes_in_means", scores.classes},
               {"mean_iou", scores.mean_iou},
               {"mean_accuracy", scores.mean_accuracy},
               {"pixel_accuracy", scores.pixel_accuracy},
               {"frequency_weighted_iou", scores.frequency_weighted_iou}};
  if (set.masks) {
    const Scores masks = set.masks->Summarise(std::vector<bool>(set.classes.size(), true));
    json["mask_accuracy"] = masks.pixel_accuracy;
    json["mean_class_mask_accuracy"] = masks.mean_accuracy;
    json["masks_without_class"] = set.masks_without_class;
  }
  json["classes"] = ClassesJson(set);
  json["confusion"] = ConfusionRows(set.pixels);
  if (set.masks) json["mask_confusion"] = ConfusionRows(*set.masks);
  return json;
}

// Reads the fields of a report and remembers the first that is wrong.
class Reader {
 public:
  absl::Status status() const { return status_; }

  std::string Text(const Json& parent, const std::string& name) {
    const Json& value = Find(parent, name);
    if (value.is_string()) return value.get<std::string>();
    Fail(name, "must be a text");
    return "";
  }

  int64_t Number(const Json& parent, const std::string& name, int64_t least, int64_t most) {
    return NumberOf(Find(parent, name), name, least, most);
  }

  std::vector<std::string> Texts(const Json& parent, const std::string& name) {
    std::vector<std::string> texts;
    for (const Json& item : List(parent, name)) {
      if (!item.is_string()) Fail(name, "must be a list of texts");
      texts.push_back(item.is_string() ? item.get<std::string>() : "");
    }
    return texts;
  }

  const Json& List(const Json& parent, const std::string& name) {
    static const Json kEmpty = Json::array();
    const Json& value = Find(parent, name);
    if (value.is_array()) return value;
    Fail(name, "must be a list");
    return kEmpty;
  }

  Confusion ReadConfusion(const Json& parent, const std::string& name, int classes) {
    Confusion confusion(classes);
    std::vector<int64_t> counts;
    for (const Json& row : List(parent, name)) {
      if (!row.is_array()) Fail(name, "must be a list of lists");
      for (const Json& count : row) counts.push_back(NumberOf(count, name, 0, kMaxCount));
    }
    if (counts.size() != confusion.counts().size()) {
      Fail(name, absl::StrCat("has ", counts.size(), " counts; ", classes, " classes need ",
                              confusion.counts().size()));
      return confusion;
    }
    confusion.SetCounts(std::move(counts));
    return confusion;
  }

  int64_t NumberOf(const Json& value, const std::string& name, int64_t least, int64_t most) {
    if (value.is_number_integer() && value.get<int64_t>() >= least && value.get<int64_t>() <= most) {
      return value.get<int64_t>();
    }
    Fail(name, absl::StrCat("must be a whole number from ", least, " to ", most));
    return least;
  }

  void Fail(const std::string& name, const std::string& problem) {
    if (status_.ok()) status_ = absl::InvalidArgumentError(absl::StrCat(name, ": ", problem));
  }

 private:
  static const Json& Find(const Json& parent, const std::string& name) {
    static const Json kNothing;
    const auto found = parent.is_object() ? parent.find(name) : parent.end();
    return parent.is_object() && found != parent.end() ? *found : kNothing;
  }

  absl::Status status_;
};

SetReport ReadSet(const Json& json, bool has_masks, Reader& reader) {
  SetReport set;
  set.set = reader.Text(json, "set");
  set.root = reader.Text(json, "root");
  set.pictures = reader.Number(json, "pictures", 0, kMaxCount);
  for (const Json& item : reader.List(json, "classes")) {
    set.classes.push_back(reader.Text(item, "name"));
    set.pictures_of_class.push_back(reader.Number(item, "pictures", 0, kMaxCount));
  }
  const auto classes = static_cast<int64_t>(set.classes.size());
  if (classes < 1 || classes > kMaxClasses)
    reader.Fail("classes", absl::StrCat("must be 1 to ", kMaxClasses));
  if (!reader.status().ok()) return set;
  set.pixels = reader.ReadConfusion(json, "confusion", static_cast<int>(classes));
  if (has_masks) {
    set.masks = reader.ReadConfusion(json, "mask_confusion", static_cast<int>(classes));
    set.masks_without_class = reader.Number(json, "masks_without_class", 0, kMaxCount);
  }
  return set;
}

}  // namespace

std::string FormatReportJson(const Report& report) {
  const ReportSettings& settings = report.settings;
  Json json = {
      {"format", kFormat},
      {"command", settings.command},
      {"model", settings.model},
      {"model_version", settings.model_version},
      {"resolution", settings.resolution},
      {"templates", settings.templates},
      {"background_words", settings.background_words},
      {"background_threshold", settings.background_threshold ? Json(*settings.background_threshold) : Json()},
      {"min_pictures", settings.min_pictures},
      {"masks", settings.masks},
      {"options", settings.options},
      {"parts", report.shard_count},
      {"parts_here", report.shards}};
  json["sets"] = Json::array();
  for (const SetReport& set : report.sets) json["sets"].push_back(SetJson(set, settings.min_pictures));
  // One line for each set: readable enough, and a matrix does not become thousands of lines.
  Json head = json;
  head.erase("sets");
  std::string text = head.dump(1, ' ', false, Json::error_handler_t::replace);
  text.erase(text.size() - 2);  // "\n}"
  absl::StrAppend(&text, ",\n \"sets\": [");
  for (size_t i = 0; i < json["sets"].size(); ++i) {
    absl::StrAppend(&text, i == 0 ? "\n" : ",\n", "  ",
                    json["sets"][i].dump(-1, ' ', false, Json::error_handler_t::replace));
  }
  absl::StrAppend(&text, "\n ]\n}\n");
  return text;
}

absl::StatusOr<Report> ParseReportJson(std::string_view text) {
  const Json json = Json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return absl::InvalidArgumentError("is no JSON object");
  Reader reader;
  reader.Number(json, "format", kFormat, kFormat);
  Report report;
  ReportSettings& settings = report.settings;
  settings.command = reader.Text(json, "command");
  settings.model = reader.Text(json, "model");
  settings.model_version = reader.Text(json, "model_version");
  settings.resolution = static_cast<int>(reader.Number(json, "resolution", 0, 1 << 20));
  settings.templates = reader.Texts(json, "templates");
  settings.background_words = reader.Texts(json, "background_words");
  if (json.contains("background_threshold") && json["background_threshold"].is_number()) {
    settings.background_threshold = json["background_threshold"].get<float>();
  }
  settings.min_pictures = static_cast<int>(reader.Number(json, "min_pictures", 1, 1 << 30));
  settings.masks = reader.Text(json, "masks");
  if (json.contains("options")) settings.options = reader.Text(json, "options");
  report.shard_count = static_cast<int>(reader.Number(json, "parts", 1, kMaxShards));
  report.shards.clear();
  for (const Json& part : reader.List(json, "parts_here")) {
    report.shards.push_back(static_cast<int>(reader.NumberOf(part, "parts_here", 0, report.shard_count - 1)));
  }
  if (!std::is_sorted(report.shards.begin(), report.shards.end(), std::less_equal<int>())) {
    reader.Fail("parts_here", "must be ascending");
  }
  for (const Json& set : reader.List(json, "sets")) {
    report.sets.push_back(ReadSet(set, !settings.masks.empty(), reader));
    if (!reader.status().ok()) break;
  }
  if (!reader.status().ok()) return reader.status();
  return report;
}

}  // namespace pixelclip
