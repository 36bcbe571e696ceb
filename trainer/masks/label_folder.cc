#include "trainer/masks/label_folder.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "absl/status/status.h"
#include "core/checkpoint/problem.h"
#include "core/image/image.h"
#include "trainer/masks/disjoint_sets.h"
#include "trainer/masks/label_map_masks.h"
#include "trainer/masks/label_png.h"
#include "trainer/masks/picture_files.h"

namespace pixelclip {
namespace {

// Numbers the values of a map from 0, in the order of their first pixels; ignored ones are kNoMask.
absl::StatusOr<LabelMap> NumberValues(const ValueMap& map, const std::vector<uint32_t>& ignored) {
  std::unordered_map<uint32_t, uint16_t> numbers;
  for (const uint32_t value : ignored) numbers[value] = kNoMask;
  uint16_t next = 0;
  LabelMap labels{map.width, map.height, {}};
  labels.labels.reserve(map.values.size());
  for (size_t i = 0; i < map.values.size(); ++i) {
    if (i > 0 && map.values[i] == map.values[i - 1]) {
      labels.labels.push_back(labels.labels.back());
      continue;
    }
    const auto [number, is_new] = numbers.emplace(map.values[i], next);
    if (is_new && next++ == kNoMask) return Invalid("more than ", kNoMask, " values in one label map");
    labels.labels.push_back(number->second);
  }
  return labels;
}

// Numbers the regions of equal labels; those of fewer than `min_pixels` are kNoMask.
absl::StatusOr<LabelMap> NumberRegions(const LabelMap& map, int64_t min_pixels) {
  const size_t width = static_cast<size_t>(map.width);
  DisjointSets regions(map.labels.size());
  for (size_t i = 0; i < map.labels.size(); ++i) {
    const auto join = [&](size_t other) {
      if (map.labels[other] != map.labels[i]) return;
      const int32_t a = regions.Find(static_cast<int32_t>(other));
      const int32_t b = regions.Find(static_cast<int32_t>(i));
      if (a != b) regions.Unite(a, b);
    };
    if (i % width > 0) join(i - 1);
    if (i >= width) join(i - width);
  }
  LabelMap numbered{map.width, map.height, std::vector<uint16_t>(map.labels.size(), kNoMask)};
  std::unordered_map<int32_t, uint16_t> numbers;
  for (size_t i = 0; i < map.labels.size(); ++i) {
    const int32_t region = regions.Find(static_cast<int32_t>(i));
    if (map.labels[i] == kNoMask || regions.Size(region) < min_pixels) continue;
    const auto number = numbers.emplace(region, static_cast<uint16_t>(numbers.size())).first;
    if (numbers.size() > kNoMask) {
      return Invalid("more than ", kNoMask, " connected regions; a larger min_pixels leaves small ones out");
    }
    numbered.labels[i] = number->second;
  }
  return numbered;
}

class LabelFolder : public MaskSource {
 public:
  // A map's path, and its picture's; empty if there is none.
  struct Pair {
    std::string map;
    std::string picture;
  };

  LabelFolder(std::vector<Pair> pairs, LabelFolderOptions options)
      : pairs_(std::move(pairs)), options_(std::move(options)) {}

  size_t size() const override { return pairs_.size(); }

  std::string name(size_t index) const override {
    return pairs_[index].picture.empty() ? pairs_[index].map : pairs_[index].picture;
  }

  absl::StatusOr<MaskedPicture> Read(size_t index) const override {
    const Pair& pair = pairs_[index];
    if (pair.picture.empty()) return absl::NotFoundError(Concat(pair.map, ": no picture has its stem"));
    absl::StatusOr<Image> image = ReadPicture(pair.picture);
    if (!image.ok()) return image.status();
    const absl::StatusOr<std::string> png = ReadFileBytes(pair.map);
    if (!png.ok()) return png.status();
    absl::StatusOr<std::unique_ptr<const PictureMasks>> masks = Masks(*png, *image);
    if (!masks.ok()) return FileProblem(pair.map, masks.status());
    return MaskedPicture{pair.picture, *std::move(image), *std::move(masks)};
  }

 private:
  absl::StatusOr<std::unique_ptr<const PictureMasks>> Masks(std::string_view png, const Image& image) const {
    const absl::StatusOr<ValueMap> map = DecodeValuePng(png);
    if (!map.ok()) return map.status();
    absl::StatusOr<LabelMap> labels = NumberValues(*map, options_.ignored_values);
    if (labels.ok() && options_.connected_components) labels = NumberRegions(*labels, options_.min_pixels);
    if (!labels.ok()) return labels.status();
    return MakeLabelMapMasks(*std::move(labels), options_.min_pixels, image.width, image.height);
  }

  const std::vector<Pair> pairs_;
  const LabelFolderOptions options_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<MaskSource>> OpenLabelFolder(const std::string& images,
                                                            const std::string& labels,
                                                            LabelFolderOptions options) {
  const absl::StatusOr<std::vector<std::string>> pictures = ListPictures(images);
  if (!pictures.ok()) return pictures.status();
  std::unordered_map<std::string_view, std::string_view> by_stem;
  for (const std::string& picture : *pictures) {
    const auto [other, is_new] = by_stem.emplace(StemOf(picture), picture);
    if (!is_new) return Invalid(images, ": ", other->second, " and ", picture, " have one stem");
  }

  const absl::StatusOr<std::vector<std::string>> files = ListFiles(labels);
  if (!files.ok()) return files.status();
  std::vector<LabelFolder::Pair> pairs;
  bool any_picture = false;
  for (const std::string& file : *files) {
    if (file.substr(StemOf(file).size()) != ".png") continue;
    const auto picture = by_stem.find(StemOf(file));
    const bool has_picture = picture != by_stem.end();
    any_picture |= has_picture;
    pairs.push_back({labels + "/" + file, has_picture ? Concat(images, "/", picture->second) : ""});
  }
  if (!any_picture) {
    return absl::NotFoundError(Concat(labels, ": none of ", pairs.size(),
                                      " label maps (*.png) has a picture of its stem in ", images));
  }
  return std::make_unique<LabelFolder>(std::move(pairs), std::move(options));
}

}  // namespace pixelclip
