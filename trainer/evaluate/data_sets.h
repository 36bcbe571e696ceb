#ifndef PIXELCLIP_TRAINER_EVALUATE_DATA_SETS_H_
#define PIXELCLIP_TRAINER_EVALUATE_DATA_SETS_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "core/image/image.h"
#include "trainer/evaluate/label_table.h"
#include "trainer/masks/label_png.h"

namespace pixelclip {

// The sets whose layouts are known; see docs/evaluation.md for the folders of each.
enum class DataSetKind {
  kCocoStuff,      // "coco-stuff", 171 classes
  kAde20k,         // "ade20k", 150
  kPascalContext,  // "pascal-context", 59
  kCityscapes,     // "cityscapes", 19
  kVoc20,          // "voc20": the background does not count
  kVoc21,          // "voc21": the background is a class that has no name of its own
  kFolder,         // "folder": images/ and labels/ (or masks/) with a names file
};

// One set to measure on.
struct DataSetChoice {
  DataSetKind kind = DataSetKind::kFolder;
  // The set's own folder, such as ADEChallengeData2016 or VOCdevkit.
  std::string root;

  // Of kFolder alone. What each label value means: a text file with the names of 0, 1, 2 ... one a line; a
  // JSON list of them; or a JSON object {"value": "name"}. Empty: names.txt or names.json in `root`.
  std::string names_file;
  // Label values that do not count. Every other value must be a class: an unknown one is an error.
  std::vector<uint16_t> ignored_values = {255};
  // The value that means "none of the classes"; its name, if it has one, is not searched for.
  std::optional<uint16_t> background_value;
};

// "ade20k=/data/ADEChallengeData2016": what comes before the first '=' is the kind, what follows the root.
absl::StatusOr<DataSetChoice> ParseDataSetChoice(std::string_view text);

// "ade20k" and so on.
std::string_view DataSetName(DataSetKind kind);

struct LabelledPicture {
  std::string picture_path;
  std::string label_path;      // for messages too
  std::string instances_path;  // a PNG of instance numbers, 0 for none; empty where there is none
};

// The validation part of a set: names and files; no picture has been read. Any thread may use it.
struct DataSet {
  std::string name;
  std::string root;
  // What the vocabulary says, in the order of the labels.
  std::vector<std::string> class_names;
  // Then label class_names.size() is "none of these".
  bool has_background = false;
  // Ordered by name, the same in every run.
  std::vector<LabelledPicture> pictures;
  // What the stored values mean.
  LabelTable table;
  // Reads the stored values of one picture; errors name the file.
  std::function<absl::StatusOr<ValueMap>(const LabelledPicture&)> read_stored;

  // Names of all labels: the classes', then "background" if there is one.
  std::vector<std::string> LabelNames() const;

  // The picture's ground truth: labels or kIgnoredClass (confusion.h). Errors name the file and the value.
  absl::StatusOr<LabelMap> ReadTruth(const LabelledPicture& picture) const;
};

// The values stored in a label or instance PNG; errors name the file.
absl::StatusOr<ValueMap> ReadValuePng(const std::string& path);

// Lists a set. Both layouts of each published set are known: as it is distributed, and as the published
// implementation's preparation leaves it; where both are there, the latter is read. Errors name what was
// looked for, a label file without its picture, and, where a layout promises one label file a picture, a
// picture without its label file.
absl::StatusOr<DataSet> OpenDataSet(const DataSetChoice& choice);

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_EVALUATE_DATA_SETS_H_
