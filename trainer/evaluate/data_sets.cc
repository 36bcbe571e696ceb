#include "trainer/evaluate/data_sets.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "trainer/evaluate/confusion.h"
#include "trainer/evaluate/file_error.h"
#include "trainer/evaluate/file_pairs.h"
#include "trainer/evaluate/names_file.h"
#include "trainer/evaluate/published_sets.h"
#include "trainer/masks/picture_files.h"

namespace pixelclip {
namespace {

namespace fs = std::filesystem;

constexpr std::pair<DataSetKind, std::string_view> kNames[] = {
    {DataSetKind::kCocoStuff, "coco-stuff"},
    {DataSetKind::kAde20k, "ade20k"},
    {DataSetKind::kPascalContext, "pascal-context"},
    {DataSetKind::kCityscapes, "cityscapes"},
    {DataSetKind::kVoc20, "voc20"},
    {DataSetKind::kVoc21, "voc21"},
    {DataSetKind::kFolder, "folder"},
};

bool IsFile(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(path, error);
}

// "voc-val" of /data/voc/val: what tells one folder from another in a table.
std::string FolderName(const std::string& root) {
  fs::path path = fs::path(root).lexically_normal();
  if (path.filename().empty()) path = path.parent_path();
  const std::string last = path.filename().string();
  const std::string parent = path.parent_path().filename().string();
  return parent.empty() ? last : absl::StrCat(parent, "-", last);
}

absl::StatusOr<std::string> FindNamesFile(const DataSetChoice& choice) {
  if (!choice.names_file.empty()) return choice.names_file;
  const fs::path text = fs::path(choice.root) / "names.txt";
  const fs::path json = fs::path(choice.root) / "names.json";
  if (IsFile(text) && IsFile(json)) {
    return FileError(choice.root, "has names.txt and names.json; say which one holds");
  }
  if (!IsFile(text) && !IsFile(json)) {
    return absl::NotFoundError(absl::StrCat(choice.root, ": has no names.txt and no names.json"));
  }
  return IsFile(text) ? text.string() : json.string();
}

// What the folder's label values mean, and the classes' names.
absl::Status ReadMeanings(const DataSetChoice& choice, DataSet* set) {
  const auto names_file = FindNamesFile(choice);
  if (!names_file.ok()) return names_file.status();
  const auto names = ReadNamesFile(*names_file);
  if (!names.ok()) return names.status();

  const auto& ignored = choice.ignored_values;
  const auto is_ignored = [&](uint16_t value) {
    return std::find(ignored.begin(), ignored.end(), value) != ignored.end();
  };
  const std::optional<uint16_t> background = choice.background_value;
  if (background && is_ignored(*background)) {
    return FileError(choice.root, absl::StrCat("value ", *background, " is ignored and the background"));
  }
  for (const auto& [value, name] : *names) {
    if (is_ignored(value) || value == background) continue;
    set->table.Set(value, static_cast<uint16_t>(set->class_names.size()));
    set->class_names.push_back(name);
  }
  for (const uint16_t value : ignored) set->table.Ignore(value);
  if (background) set->table.Set(*background, static_cast<uint16_t>(set->class_names.size()));
  set->has_background = background.has_value();
  // Two values above stand for "ignored" and "unknown" (label_table.h).
  constexpr size_t kMostClasses = 65533;
  if (set->class_names.empty() || set->class_names.size() > kMostClasses) {
    return FileError(*names_file, absl::StrCat("names ", set->class_names.size(), " classes; must be 1 to ",
                                               kMostClasses));
  }
  return absl::OkStatus();
}

absl::Status OpenFolder(const DataSetChoice& choice, DataSet* set) {
  if (absl::Status status = ReadMeanings(choice, set); !status.ok()) return status;
  const std::string labels_folder = (fs::path(choice.root) / "labels").string();
  const std::string masks_folder = (fs::path(choice.root) / "masks").string();
  if (IsFolder(labels_folder) && IsFolder(masks_folder)) {
    return FileError(choice.root, "has labels/ and masks/; only one can hold the labels");
  }
  const auto pictures_folder = FindFolder(choice.root, {"images"});
  if (!pictures_folder.ok()) return pictures_folder.status();
  const auto folder = FindFolder(choice.root, {"labels", "masks"});
  if (!folder.ok()) return folder.status();
  const auto labels = FindFiles(*folder, ".png");
  if (!labels.ok()) return labels.status();
  const auto pictures = FindPictures(*pictures_folder);
  if (!pictures.ok()) return pictures.status();
  FilesByName instances;
  const std::string instances_folder = (fs::path(choice.root) / "instances").string();
  if (IsFolder(instances_folder)) {
    auto files = FindFiles(instances_folder, ".png");
    if (!files.ok()) return files.status();
    instances = *std::move(files);
  }
  auto pairs = PairFiles(*labels, *pictures, instances, /*every_picture=*/true);
  if (!pairs.ok()) return pairs.status();
  set->pictures = *std::move(pairs);
  return absl::OkStatus();
}

absl::Status OpenByKind(const DataSetChoice& choice, DataSet* set) {
  switch (choice.kind) {
    case DataSetKind::kCocoStuff:
      return OpenCocoStuff(set);
    case DataSetKind::kAde20k:
      return OpenAde20k(set);
    case DataSetKind::kPascalContext:
      return OpenPascalContext(set);
    case DataSetKind::kCityscapes:
      return OpenCityscapes(set);
    case DataSetKind::kVoc20:
      return OpenVoc(/*with_background=*/false, set);
    case DataSetKind::kVoc21:
      return OpenVoc(/*with_background=*/true, set);
    case DataSetKind::kFolder:
      return OpenFolder(choice, set);
  }
  return absl::InternalError("unknown kind of data set");
}

}  // namespace

std::string_view DataSetName(DataSetKind kind) {
  for (const auto& [known, name] : kNames) {
    if (known == kind) return name;
  }
  return "";
}

absl::StatusOr<DataSetChoice> ParseDataSetChoice(std::string_view text) {
  const size_t equals = text.find('=');
  const std::string_view kind = text.substr(0, equals);
  std::string known_names;
  for (const auto& [known, name] : kNames) {
    if (equals != std::string_view::npos && equals + 1 < text.size() && kind == name) {
      DataSetChoice choice;
      choice.kind = known;
      choice.root = std::string(text.substr(equals + 1));
      return choice;
    }
    absl::StrAppend(&known_names, known_names.empty() ? "" : ", ", std::string(name));
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "data set \"", std::string(text), "\": must be KIND=FOLDER, where KIND is one of ", known_names));
}

std::vector<std::string> DataSet::LabelNames() const {
  std::vector<std::string> names = class_names;
  if (has_background) names.push_back("background");
  return names;
}

absl::StatusOr<LabelMap> DataSet::ReadTruth(const LabelledPicture& picture) const {
  const absl::StatusOr<ValueMap> stored = read_stored(picture);
  if (!stored.ok()) return stored.status();
  absl::StatusOr<LabelMap> truth = table.Apply(*stored);
  if (!truth.ok()) return FileError(picture.label_path, truth.status());
  return truth;
}

absl::StatusOr<ValueMap> ReadValuePng(const std::string& path) {
  const absl::StatusOr<std::string> bytes = ReadFileBytes(path);
  if (!bytes.ok()) return bytes.status();
  absl::StatusOr<ValueMap> values = DecodeValuePng(*bytes);
  if (!values.ok()) return FileError(path, values.status());
  return values;
}

absl::StatusOr<DataSet> OpenDataSet(const DataSetChoice& choice) {
  if (!IsFolder(choice.root)) return absl::NotFoundError(absl::StrCat(choice.root, ": is no folder"));
  DataSet set;
  set.root = choice.root;
  set.name =
      choice.kind == DataSetKind::kFolder ? FolderName(choice.root) : std::string(DataSetName(choice.kind));
  set.read_stored = [](const LabelledPicture& picture) { return ReadValuePng(picture.label_path); };
  if (absl::Status status = OpenByKind(choice, &set); !status.ok()) return status;
  return set;
}

}  // namespace pixelclip
