#include "trainer/evaluate/run_masks.h"

#include <algorithm>
#include <map>
#include <unordered_map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "trainer/evaluate/file_error.h"
#include "trainer/masks/annotation_file.h"
#include "trainer/masks/disjoint_sets.h"

namespace pixelclip {
namespace {

struct ValueRun {
  PixelRun run;
  uint32_t value = 0;
};

// Runs of equal values down each column; none crosses into the next column.
std::vector<ValueRun> ColumnRuns(const ValueMap& map, uint32_t none) {
  std::vector<ValueRun> runs;
  for (int x = 0; x < map.width; ++x) {
    const auto column = static_cast<uint32_t>(x) * map.height;
    for (int y = 0; y < map.height;) {
      const uint32_t value = map.values[size_t{1} * y * map.width + x];
      const int begin = y;
      while (y < map.height && map.values[size_t{1} * y * map.width + x] == value) ++y;
      if (value != none) runs.push_back({{column + begin, column + y}, value});
    }
  }
  return runs;
}

absl::Status CheckCount(size_t masks) {
  if (masks <= kMaxMasks) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(masks, " masks; at most ", kMaxMasks, " are allowed"));
}

}  // namespace

int64_t AreaOf(const RunMask& mask) {
  int64_t area = 0;
  for (const PixelRun& run : mask) area += run.end - run.begin;
  return area;
}

absl::StatusOr<std::vector<RunMask>> MasksOfValues(const ValueMap& map, uint32_t none) {
  std::map<uint32_t, RunMask> by_value;
  for (const ValueRun& run : ColumnRuns(map, none)) by_value[run.value].push_back(run.run);
  if (absl::Status status = CheckCount(by_value.size()); !status.ok()) return status;
  std::vector<RunMask> masks;
  for (auto& [value, mask] : by_value) masks.push_back(std::move(mask));
  return masks;
}

absl::StatusOr<std::vector<RunMask>> MasksOfRegions(const ValueMap& map, uint32_t none) {
  const std::vector<ValueRun> runs = ColumnRuns(map, none);
  DisjointSets regions(runs.size());
  const auto height = static_cast<uint32_t>(map.height);
  const auto column = [&](size_t run) { return runs[run].run.begin / height; };
  // Runs of neighbouring columns touch, corners included, where neither begins behind the other's end.
  // `before` is the first run of the column before that can still touch one of this column.
  size_t before = 0;
  for (size_t i = 0; i < runs.size(); ++i) {
    const PixelRun& run = runs[i].run;
    while (column(before) + 1 < column(i) ||
           (column(before) + 1 == column(i) && runs[before].run.end + height < run.begin)) {
      ++before;
    }
    for (size_t j = before; column(j) + 1 == column(i) && runs[j].run.begin + height <= run.end; ++j) {
      if (runs[j].value != runs[i].value) continue;
      const int32_t a = regions.Find(static_cast<int32_t>(j)), b = regions.Find(static_cast<int32_t>(i));
      if (a != b) regions.Unite(a, b);
    }
  }

  std::vector<RunMask> masks;
  std::unordered_map<int32_t, size_t> mask_of_region;
  for (size_t i = 0; i < runs.size(); ++i) {
    const auto [known, is_new] = mask_of_region.emplace(regions.Find(static_cast<int32_t>(i)), masks.size());
    if (is_new) masks.emplace_back();
    masks[known->second].push_back(runs[i].run);
  }
  if (absl::Status status = CheckCount(masks.size()); !status.ok()) return status;
  return masks;
}

absl::StatusOr<std::vector<RunMask>> ParseRleMasks(std::string_view json, int width, int height) {
  const absl::StatusOr<AnnotationFile> file = ParseAnnotations(json);
  if (!file.ok()) return file.status();
  if (absl::Status status = CheckCount(file->annotations.size()); !status.ok()) return status;
  const int64_t pixels = int64_t{width} * height;
  std::vector<RunMask> masks;
  for (size_t i = 0; i < file->annotations.size(); ++i) {
    const StoredMask& mask = file->annotations[i].segmentation;
    const auto error = [i](std::string_view problem) {
      return absl::InvalidArgumentError(absl::StrCat("mask ", i, ": ", std::string(problem)));
    };
    if (mask.kind != StoredMask::Kind::kCounts && mask.kind != StoredMask::Kind::kLengths) {
      return error("is not in run lengths (\"size\" and \"counts\")");
    }
    if (mask.width != width || mask.height != height) {
      return error(absl::StrCat("has ", mask.width, "x", mask.height,
                                " pixels, but the picture's labels have ", width, "x", height));
    }
    auto runs = mask.kind == StoredMask::Kind::kCounts ? RunsFromCounts(mask.counts, pixels)
                                                       : RunsFromLengths(mask.lengths, pixels);
    if (!runs.ok()) return error(WithoutField(runs.status()));
    if (!runs->empty()) masks.push_back(*std::move(runs));
  }
  return masks;
}

}  // namespace pixelclip
