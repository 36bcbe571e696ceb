#include "trainer/masks/annotation_file.h"

#include <cstddef>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/status/status.h"
#include "core/checkpoint/problem.h"

namespace pixelclip {
namespace {

using nlohmann::json;

constexpr size_t kMaxDepth = 64;
constexpr size_t kMaxKeyLength = 64;  // of keys that could matter

enum class Field {
  kOther,
  kPicture,     // an object
  kPictureId,   // of a picture
  kFileName,    // of a picture
  kWidth,       // of a picture
  kHeight,      // of a picture
  kAnnotation,  // an object
  kImageId,     // of an annotation
  kIsCrowd,     // of an annotation
  kSegmentation,
  kListedSegmentation,  // one that is an annotation by itself
  kSize,
  kSizeNumber,
  kCounts,
  kLength,
  kPolygon,
  kCoordinate,
};

// Every place of a file that matters; "[]" stands for any index.
std::map<std::string, Field, std::less<>> MakeFields() {
  std::map<std::string, Field, std::less<>> fields = {
      {"images[]", Field::kPicture},
      {"images[].id", Field::kPictureId},
      {"images[].file_name", Field::kFileName},
      {"images[].width", Field::kWidth},
      {"images[].height", Field::kHeight},
      {"annotations[]", Field::kAnnotation},
      {"annotations[].image_id", Field::kImageId},
      {"annotations[].iscrowd", Field::kIsCrowd},
      {"annotations[].segmentation", Field::kSegmentation},
      {"[]", Field::kPicture},
      {"[].file_name", Field::kFileName},
      {"[].width", Field::kWidth},
      {"[].height", Field::kHeight},
      {"[].segmentation", Field::kListedSegmentation},
      {"[].segmentations[]", Field::kListedSegmentation},
  };
  for (const char* place : {"annotations[].segmentation", "[].segmentation", "[].segmentations[]"}) {
    fields[Concat(place, ".size")] = Field::kSize;
    fields[Concat(place, ".size[]")] = Field::kSizeNumber;
    fields[Concat(place, ".counts")] = Field::kCounts;
    fields[Concat(place, ".counts[]")] = Field::kLength;
    fields[Concat(place, "[]")] = Field::kPolygon;
    fields[Concat(place, "[][]")] = Field::kCoordinate;
  }
  return fields;
}

Field FieldAt(std::string_view place) {
  static const auto& fields = *new std::map<std::string, Field, std::less<>>(MakeFields());
  const auto found = fields.find(place);
  return found == fields.end() ? Field::kOther : found->second;
}

bool IsPlainKey(std::string_view key) {
  return !key.empty() && key.size() <= kMaxKeyLength && key.find_first_of(".[]") == std::string_view::npos;
}

// Takes the events of nlohmann's parser; a false return ends it.
class AnnotationReader : public json::json_sax_t {
 public:
  absl::StatusOr<AnnotationFile> Finish(bool parsed) && {
    if (!problem_.ok()) return problem_;
    if (!parsed) return Invalid("broken JSON");
    for (size_t i = 0; i < file_.annotations.size(); ++i) {
      if (file_.annotations[i].segmentation.kind == StoredMask::Kind::kNone) {
        return Invalid("annotation ", i, " has no segmentation");
      }
    }
    return std::move(file_);
  }

  bool start_object(size_t) override {
    switch (NextField()) {
      case Field::kPicture:
        file_.pictures.emplace_back();
        file_.pictures.back().id = LastPicture();
        break;
      case Field::kAnnotation:
        file_.annotations.emplace_back();
        break;
      case Field::kSegmentation:
      case Field::kListedSegmentation:
        StartSegmentation();
        break;
      case Field::kOther:
        break;
      default:
        return Unexpected("an object");
    }
    return Enter(false);
  }

  bool key(std::string& name) override {
    Frame& frame = frames_.back();
    place_.resize(frame.place_length);
    if (!place_.empty()) place_ += '.';
    // A key that is no field's, "size[]" for one, must not make the place of one.
    place_ += IsPlainKey(name) ? name : "?";
    frame.key = name.substr(0, kMaxKeyLength);
    frame.child = FieldAt(place_);
    return true;
  }

  bool start_array(size_t) override {
    switch (NextField()) {
      case Field::kSegmentation:
      case Field::kListedSegmentation:
        StartSegmentation();
        segmentation_->kind = StoredMask::Kind::kPolygons;
        break;
      case Field::kSize:
        size_numbers_ = 0;
        break;
      case Field::kCounts:
        segmentation_->kind = StoredMask::Kind::kLengths;
        segmentation_->lengths.clear();
        break;
      case Field::kPolygon:
        segmentation_->polygons.emplace_back();
        break;
      case Field::kOther:
        break;
      default:
        return Unexpected("a list");
    }
    return Enter(true);
  }

  bool end_object() override {
    const Field field = Leave();
    if (field != Field::kSegmentation && field != Field::kListedSegmentation) return true;
    if (segmentation_->kind == StoredMask::Kind::kNone) return Problem("has no counts");
    if (size_numbers_ != 2) return Problem("has no size of two numbers");
    return true;
  }

  bool end_array() override {
    Leave();
    return true;
  }

  bool string(std::string& value) override {
    switch (NextField()) {
      case Field::kFileName:
        file_.pictures.back().file_name = std::move(value);
        return true;
      case Field::kCounts:
        segmentation_->kind = StoredMask::Kind::kCounts;
        segmentation_->counts = std::move(value);
        return true;
      case Field::kOther:
        return true;
      default:
        return Unexpected("a string");
    }
  }

  bool number_integer(int64_t value) override {
    switch (NextField()) {
      case Field::kPictureId:
        file_.pictures.back().id = value;
        return true;
      case Field::kWidth:
        file_.pictures.back().width = value;
        return true;
      case Field::kHeight:
        file_.pictures.back().height = value;
        return true;
      case Field::kImageId:
        file_.annotations.back().picture_id = value;
        return true;
      case Field::kIsCrowd:
        file_.annotations.back().is_crowd = value != 0;
        return true;
      case Field::kSizeNumber:
        if (size_numbers_ < 2) (size_numbers_ == 0 ? segmentation_->height : segmentation_->width) = value;
        ++size_numbers_;
        return true;
      case Field::kLength:
        if (value < 0 || value > UINT32_MAX) return Problem("is ", value, ", no run length");
        segmentation_->lengths.push_back(static_cast<uint32_t>(value));
        return true;
      case Field::kCoordinate:
        segmentation_->polygons.back().push_back(static_cast<float>(value));
        return true;
      case Field::kOther:
        return true;
      default:
        return Unexpected("a number");
    }
  }

  bool number_unsigned(uint64_t value) override {
    if (value <= INT64_MAX) return number_integer(static_cast<int64_t>(value));
    return NextField() == Field::kOther || Unexpected("a number beyond 63 bits");
  }

  bool number_float(double value, const std::string&) override {
    const Field field = NextField();
    if (field == Field::kOther) return true;
    if (field != Field::kCoordinate) return Unexpected("a fraction");
    segmentation_->polygons.back().push_back(static_cast<float>(value));
    return true;
  }

  bool boolean(bool value) override {
    const Field field = NextField();
    if (field == Field::kIsCrowd) file_.annotations.back().is_crowd = value;
    return field == Field::kOther || field == Field::kIsCrowd || Unexpected("a truth value");
  }

  bool null() override { return NextField() == Field::kOther || Unexpected("null"); }
  bool binary(json::binary_t&) override { return Unexpected("binary data"); }

  bool parse_error(size_t position, const std::string&, const json::exception&) override {
    problem_ = Invalid("broken JSON at byte ", position);
    return false;
  }

 private:
  // An object or a list that the parser is in.
  struct Frame {
    bool is_list = false;
    size_t place_length = 0;  // of its own place
    Field field = Field::kOther;
    Field child = Field::kOther;  // of the value that comes next
    int64_t index = -1;           // of the list's current element
    std::string key;              // of the object's current value
  };

  // Called once for each value: what it is.
  Field NextField() {
    if (frames_.empty()) return Field::kOther;
    if (frames_.back().is_list) ++frames_.back().index;
    return frames_.back().child;
  }

  bool Enter(bool is_list) {
    if (frames_.size() == kMaxDepth) return Problem("is nested deeper than ", kMaxDepth, " levels");
    const Field field = frames_.empty() ? Field::kOther : frames_.back().child;
    Frame& frame = frames_.emplace_back();
    frame.is_list = is_list;
    frame.place_length = place_.size();
    frame.field = field;
    if (is_list) {
      place_ += "[]";
      frame.child = FieldAt(place_);
    }
    return true;
  }

  // Returns what is being left; messages may still name it.
  Field Leave() {
    const Frame frame = frames_.back();
    frames_.pop_back();
    place_.resize(frame.place_length);
    return frame.field;
  }

  int64_t LastPicture() const { return static_cast<int64_t>(file_.pictures.size()) - 1; }

  void StartSegmentation() {
    if (frames_.back().child == Field::kListedSegmentation) {
      file_.annotations.emplace_back().picture_id = LastPicture();
    }
    segmentation_ = &file_.annotations.back().segmentation;
    *segmentation_ = StoredMask();
    size_numbers_ = 0;
  }

  bool Unexpected(std::string_view what) { return Problem("is ", what); }

  template <typename... Pieces>
  bool Problem(const Pieces&... pieces) {
    std::string place;
    for (const Frame& frame : frames_) {
      if (frame.is_list) {
        place += Concat("[", frame.index, "]");
      } else {
        place += Concat(place.empty() ? "" : ".", frame.key);
      }
    }
    problem_ = Invalid(place, " ", pieces...);
    return false;
  }

  AnnotationFile file_;
  absl::Status problem_;
  std::vector<Frame> frames_;
  std::string place_;                   // "[]" for every index
  StoredMask* segmentation_ = nullptr;  // the one being read
  int size_numbers_ = 0;                // of its size so far
};

}  // namespace

absl::StatusOr<AnnotationFile> ParseAnnotations(std::string_view text) {
  AnnotationReader reader;
  const bool parsed = json::sax_parse(text.begin(), text.end(), &reader);
  return std::move(reader).Finish(parsed);
}

}  // namespace pixelclip
