#include "trainer/masks/stored_mask.h"

#include <utility>

#include "absl/status/status.h"
#include "core/checkpoint/problem.h"
#include "core/image/decode_limits.h"
#include "trainer/masks/polygon_runs.h"
#include "trainer/masks/run_length_masks.h"
#include "trainer/masks/sampling.h"

namespace pixelclip {
namespace {

constexpr size_t kMaxRuns = size_t{1} << 24;  // of one picture: 128 MB

absl::StatusOr<std::vector<PixelRun>> RunsOf(const StoredMask& mask, const MaskPlacement& placement) {
  const int64_t pixels = int64_t{placement.width} * placement.height;
  switch (mask.kind) {
    case StoredMask::Kind::kCounts:
      return RunsFromCounts(mask.counts, pixels);
    case StoredMask::Kind::kLengths:
      return RunsFromLengths(mask.lengths, pixels);
    case StoredMask::Kind::kPolygons:
      return RunsFromPolygons(mask.polygons, placement.width, placement.height);
    case StoredMask::Kind::kNone:
      break;
  }
  return Invalid("no mask");
}

}  // namespace

absl::StatusOr<std::unique_ptr<const PictureMasks>> DecodeMasks(const std::vector<StoredMask>& masks,
                                                                int64_t width, int64_t height,
                                                                int picture_width, int picture_height) {
  if (masks.size() > kMaxMasksPerPicture) {
    return Invalid(masks.size(), " masks; at most ", kMaxMasksPerPicture, " are allowed");
  }
  const auto has_own_size = [](const StoredMask& each) {
    return each.kind == StoredMask::Kind::kCounts || each.kind == StoredMask::Kind::kLengths;
  };
  for (size_t i = 0; i < masks.size(); ++i) {
    const StoredMask& each = masks[i];
    if (!has_own_size(each)) continue;
    if (each.width < 1 || each.height < 1) {
      return Invalid("mask ", i, ": ", each.width, "x", each.height, " pixels; at least 1x1 is allowed");
    }
    if (width == 0 && height == 0) {
      width = each.width;
      height = each.height;
    }
    if (each.width != width || each.height != height) {
      return Invalid("mask ", i, ": ", each.width, "x", each.height, " pixels; the others have ", width, "x",
                     height);
    }
  }
  if (width == 0 && height == 0) {
    width = picture_width;
    height = picture_height;
  }
  const int max_side = DecodeLimits().max_side;
  if (width < 1 || height < 1 || width > max_side || height > max_side) {
    return Invalid("masks of ", width, "x", height, " pixels; 1 to ", max_side, " a side are allowed");
  }
  const MaskPlacement placement = {static_cast<int>(width), static_cast<int>(height), picture_width,
                                   picture_height};
  if (absl::Status status = CheckPlacement(placement); !status.ok()) return status;

  std::vector<std::vector<PixelRun>> decoded;
  decoded.reserve(masks.size());
  size_t runs_left = kMaxRuns;
  for (size_t i = 0; i < masks.size(); ++i) {
    absl::StatusOr<std::vector<PixelRun>> runs = RunsOf(masks[i], placement);
    if (!runs.ok()) return Prefixed(Concat("mask ", i), runs.status());
    if (runs->size() > runs_left) return Invalid("more than ", kMaxRuns, " runs of pixels in one picture");
    runs_left -= runs->size();
    decoded.push_back(*std::move(runs));
  }
  return MakeRunLengthMasks(std::move(decoded), placement);
}

}  // namespace pixelclip
