#include "trainer/masks/segmentation.h"

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

absl::StatusOr<std::vector<PixelRun>> Runs(const Segmentation& segmentation, const MaskPlacement& placement) {
  const int64_t pixels = int64_t{placement.width} * placement.height;
  switch (segmentation.kind) {
    case Segmentation::Kind::kCounts:
      return RunsFromCounts(segmentation.counts, pixels);
    case Segmentation::Kind::kLengths:
      return RunsFromLengths(segmentation.lengths, pixels);
    case Segmentation::Kind::kPolygons:
      return RunsFromPolygons(segmentation.polygons, placement.width, placement.height);
    case Segmentation::Kind::kNone:
      break;
  }
  return Invalid("no segmentation");
}

}  // namespace

absl::StatusOr<std::unique_ptr<const PictureMasks>> MasksFromSegmentations(
    const std::vector<Segmentation>& segmentations, int64_t width, int64_t height, int picture_width,
    int picture_height) {
  if (segmentations.size() > kMaxMasksPerPicture) {
    return Invalid(segmentations.size(), " masks; at most ", kMaxMasksPerPicture, " are allowed");
  }
  const auto has_own_size = [](const Segmentation& each) {
    return each.kind == Segmentation::Kind::kCounts || each.kind == Segmentation::Kind::kLengths;
  };
  for (size_t i = 0; i < segmentations.size(); ++i) {
    const Segmentation& each = segmentations[i];
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

  std::vector<std::vector<PixelRun>> masks;
  masks.reserve(segmentations.size());
  size_t runs_left = kMaxRuns;
  for (size_t i = 0; i < segmentations.size(); ++i) {
    absl::StatusOr<std::vector<PixelRun>> runs = Runs(segmentations[i], placement);
    if (!runs.ok()) return Prefixed(Concat("mask ", i), runs.status());
    if (runs->size() > runs_left) return Invalid("more than ", kMaxRuns, " runs of pixels in one picture");
    runs_left -= runs->size();
    masks.push_back(*std::move(runs));
  }
  return MakeRunLengthMasks(std::move(masks), placement);
}

}  // namespace pixelclip
