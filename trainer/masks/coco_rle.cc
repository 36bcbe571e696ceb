#include "trainer/masks/coco_rle.h"

#include <cstdint>
#include <set>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_split.h"
#include "core/checkpoint/problem.h"
#include "trainer/masks/annotation_file.h"
#include "trainer/masks/picture_files.h"
#include "trainer/masks/stored_mask.h"

namespace pixelclip {
namespace {

constexpr int64_t kMaxJsonBytes = int64_t{4} << 30;

class CocoRle : public MaskSource {
 public:
  struct Entry {
    AnnotationFile::Picture picture;
    std::vector<StoredMask> segmentations;
  };

  CocoRle(std::string images, std::string json, std::vector<Entry> entries)
      : images_(std::move(images)), json_(std::move(json)), entries_(std::move(entries)) {}

  size_t size() const override { return entries_.size(); }
  std::string name(size_t index) const override { return images_ + "/" + entries_[index].picture.file_name; }

  absl::StatusOr<MaskedPicture> Read(size_t index) const override {
    const Entry& entry = entries_[index];
    absl::StatusOr<Image> image = ReadPicture(name(index));
    if (!image.ok()) return image.status();
    absl::StatusOr<std::unique_ptr<const PictureMasks>> masks = DecodeMasks(
        entry.segmentations, entry.picture.width, entry.picture.height, image->width, image->height);
    if (!masks.ok()) return Prefixed(Concat(json_, ": ", entry.picture.file_name), masks.status());
    return MaskedPicture{name(index), *std::move(image), *std::move(masks)};
  }

 private:
  const std::string images_;
  const std::string json_;
  const std::vector<Entry> entries_;
};

// A name from a file must not lead out of the folder.
bool StaysBelow(std::string_view file_name) {
  if (file_name.empty() || file_name.front() == '/') return false;
  for (const absl::string_view part : absl::StrSplit(AsPiece(file_name), '/')) {
    if (part == "..") return false;
  }
  return true;
}

// Gives every picture its masks.
absl::StatusOr<std::vector<CocoRle::Entry>> Gather(AnnotationFile file) {
  std::vector<CocoRle::Entry> entries;
  std::unordered_map<int64_t, size_t> by_id;
  std::set<std::string_view> names;
  entries.reserve(file.pictures.size());  // names points into it
  for (AnnotationFile::Picture& picture : file.pictures) {
    if (!StaysBelow(picture.file_name)) {
      return Invalid("picture ", entries.size(), ": file_name '", picture.file_name,
                     "' must be a path inside of the pictures' folder");
    }
    if (!by_id.emplace(picture.id, entries.size()).second) {
      return Invalid("two pictures have the id ", picture.id);
    }
    entries.push_back({std::move(picture), {}});
    if (!names.insert(entries.back().picture.file_name).second) {
      return Invalid("two pictures have the file_name '", entries.back().picture.file_name, "'");
    }
  }
  for (size_t i = 0; i < file.annotations.size(); ++i) {
    AnnotationFile::Annotation& annotation = file.annotations[i];
    const auto found = by_id.find(annotation.picture_id);
    if (found == by_id.end()) {
      return Invalid("annotation ", i, ": no picture has its image_id, ", annotation.picture_id);
    }
    if (!annotation.is_crowd) {
      entries[found->second].segmentations.push_back(std::move(annotation.segmentation));
    }
  }
  return entries;
}

}  // namespace

absl::StatusOr<std::unique_ptr<MaskSource>> OpenCocoRle(const std::string& images, const std::string& json) {
  absl::StatusOr<AnnotationFile> file;
  {
    const absl::StatusOr<std::string> bytes = ReadFileBytes(json, kMaxJsonBytes);
    if (!bytes.ok()) return bytes.status();
    file = ParseAnnotations(*bytes);
  }
  if (!file.ok()) return Prefixed(json, file.status());
  if (file->pictures.empty()) {
    return Invalid(json,
                   ": names no pictures; expected `images` and `annotations`, or a list with `file_name`");
  }
  absl::StatusOr<std::vector<CocoRle::Entry>> entries = Gather(*std::move(file));
  if (!entries.ok()) return Prefixed(json, entries.status());
  return std::make_unique<CocoRle>(images, json, *std::move(entries));
}

}  // namespace pixelclip
