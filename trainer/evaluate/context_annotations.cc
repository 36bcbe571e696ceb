#include "trainer/evaluate/context_annotations.h"

#include <cerrno>
#include <fstream>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "core/image/decode_limits.h"
#include "trainer/evaluate/file_error.h"
#include "trainer/masks/run_length_masks.h"

namespace pixelclip {
namespace {

using nlohmann::json;

// The identifiers of the 59 classes among all 459.
constexpr uint16_t kCategories[] = {2,   9,   18,  19,  22,  23,  25,  31,  33,  34,  44,  45,  46,  59,  65,
                                    68,  72,  80,  85,  98,  104, 105, 113, 115, 144, 158, 159, 162, 187, 189,
                                    207, 220, 232, 258, 259, 260, 284, 295, 296, 308, 324, 326, 347, 349, 354,
                                    355, 360, 366, 368, 397, 415, 416, 420, 424, 427, 440, 445, 454, 458};
constexpr int kLastCategory = 65535;

struct PictureEntry {
  std::string id;
  std::string file_name;
  std::string phase;
  int64_t width = 0;
  int64_t height = 0;
};

struct Annotation {
  std::string image_id;
  int64_t category = -1;
  std::string counts;
};

}  // namespace

// Follows the file's structure and keeps what Read needs. A value's place is its keys from the root, "[]" for
// a list's items.
class ContextReader : public nlohmann::json_sax<json> {
 public:
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t value) override { return Number(value); }
  bool number_unsigned(number_unsigned_t value) override {
    return Number(value > INT64_MAX ? -1 : static_cast<int64_t>(value));
  }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool key(string_t& name) override {
    place_.back() = name;
    return true;
  }
  bool start_object(std::size_t) override { return Enter(""); }
  bool start_array(std::size_t) override { return Enter("[]"); }
  bool end_array() override { return Leave(); }

  bool end_object() override {
    Leave();
    if (InItemOf("images")) {
      images_.push_back(std::exchange(image_, {}));
    } else if (InItemOf("annos_segmentation")) {
      annotations_.push_back(std::exchange(annotation_, {}));
    }
    return true;
  }

  bool string(string_t& value) override {
    if (IsField("images", "image_id")) image_.id = value;
    if (IsField("images", "file_name")) image_.file_name = value;
    if (IsField("images", "phase")) image_.phase = value;
    if (IsField("annos_segmentation", "image_id")) annotation_.image_id = value;
    if (place_.size() == 4 && place_[0] == "annos_segmentation" && place_[2] == "segmentation" &&
        place_[3] == "counts") {
      annotation_.counts = std::move(value);
    }
    return true;
  }

  bool parse_error(std::size_t position, const std::string&, const json::exception&) override {
    error_ = absl::StrCat("is not valid JSON at byte ", position);
    return false;
  }

  absl::StatusOr<std::shared_ptr<const ContextAnnotations>> Finish(const std::string& path) {
    if (!error_.empty()) return FileError(path, error_);
    auto result = std::make_shared<ContextAnnotations>();
    result->path_ = path;
    std::map<std::string, ContextAnnotations::Picture*> by_id;
    const DecodeLimits limits;
    for (const PictureEntry& image : images_) {
      if (image.phase != "val") continue;
      if (!limits.Admits(image.width, image.height)) {
        return FileError(path, absl::StrCat(image.file_name, " has ", image.width, "x", image.height,
                                            " pixels; at most ", limits.max_pixels, " are allowed"));
      }
      const std::string name(absl::StripSuffix(image.file_name, ".jpg"));
      ContextAnnotations::Picture& picture = result->pictures_[name];
      picture.width = static_cast<int>(image.width);
      picture.height = static_cast<int>(image.height);
      by_id[image.id] = &picture;
    }
    if (by_id.empty()) return FileError(path, "has no picture whose \"phase\" is \"val\" in \"images\"");
    for (Annotation& annotation : annotations_) {
      const auto picture = by_id.find(annotation.image_id);
      if (picture == by_id.end()) continue;
      if (annotation.category < 0 || annotation.category > kLastCategory) {
        return FileError(path,
                         absl::StrCat("category_id ", annotation.category, "; must be 0 to ", kLastCategory));
      }
      picture->second->segments.push_back(
          {static_cast<uint16_t>(annotation.category), std::move(annotation.counts)});
    }
    return result;
  }

 private:
  bool Number(int64_t value) {
    if (IsField("images", "image_id")) image_.id = absl::StrCat(value);
    if (IsField("images", "width")) image_.width = value;
    if (IsField("images", "height")) image_.height = value;
    if (IsField("annos_segmentation", "image_id")) annotation_.image_id = absl::StrCat(value);
    if (IsField("annos_segmentation", "category_id")) annotation_.category = value;
    return true;
  }

  bool Enter(const char* step) {
    // Deeper than anything that is looked for: hostile.
    constexpr size_t kDeepest = 64;
    if (place_.size() == kDeepest) error_ = "is nested too deeply";
    place_.emplace_back(step);
    return error_.empty();
  }
  bool Leave() {
    place_.pop_back();
    return true;
  }

  bool InItemOf(const char* list) const {
    return place_.size() == 2 && place_[0] == list && place_[1] == "[]";
  }
  bool IsField(const char* list, const char* field) const {
    return place_.size() == 3 && place_[0] == list && place_[2] == field;
  }

  std::vector<std::string> place_;
  PictureEntry image_;
  Annotation annotation_;
  std::vector<PictureEntry> images_;
  std::vector<Annotation> annotations_;
  std::string error_;
};

absl::StatusOr<std::shared_ptr<const ContextAnnotations>> ContextAnnotations::Read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::ErrnoToStatus(errno, path);
  ContextReader reader;
  json::sax_parse(file, &reader);
  if (file.bad()) return absl::ErrnoToStatus(errno, path);
  return reader.Finish(path);
}

LabelTable ContextAnnotations::Table() {
  LabelTable table;
  for (int category = 0; category <= kLastCategory; ++category) table.Ignore(category);
  uint16_t label = 0;
  for (const uint16_t category : kCategories) table.Set(category, label++);
  return table;
}

std::vector<std::string> ContextAnnotations::names() const {
  std::vector<std::string> names;
  for (const auto& [name, picture] : pictures_) names.push_back(name);
  return names;
}

absl::StatusOr<ValueMap> ContextAnnotations::Paint(const std::string& name) const {
  const auto found = pictures_.find(name);
  if (found == pictures_.end()) return absl::NotFoundError(absl::StrCat(path_, ": has no picture ", name));
  const Picture& picture = found->second;
  const int64_t pixels = int64_t{picture.width} * picture.height;
  ValueMap map{picture.width, picture.height, std::vector<uint32_t>(pixels)};
  for (const Segment& segment : picture.segments) {
    const auto runs = RunsFromCounts(segment.counts, pixels);
    if (!runs.ok()) return FileError(absl::StrCat(path_, ": ", name), runs.status());
    for (const PixelRun& run : *runs) {
      for (uint32_t i = run.begin; i < run.end; ++i) {
        map.values[size_t{i % picture.height} * picture.width + i / picture.height] = segment.category;
      }
    }
  }
  return map;
}

}  // namespace pixelclip
