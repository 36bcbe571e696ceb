#ifndef PIXELCLIP_TRAINER_MASKS_RUN_LENGTH_MASKS_H_
#define PIXELCLIP_TRAINER_MASKS_RUN_LENGTH_MASKS_H_

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "trainer/masks/picture_masks.h"
#include "trainer/masks/sampling.h"

namespace pixelclip {

// Pixels [begin, end) of a mask, counted down its columns as COCO does: pixel y of column x is x * height +
// y.
struct PixelRun {
  uint32_t begin = 0;
  uint32_t end = 0;
};

// The runs of ones of a mask of `pixels` pixels, in order, none empty and no two touching; from COCO's
// compressed string, or from its list of lengths (zeros and ones take turns, zeros first). INVALID_ARGUMENT
// for anything that does not describe exactly `pixels` pixels. REQUIRES: 0 <= pixels < 2^32.
absl::StatusOr<std::vector<PixelRun>> RunsFromCounts(std::string_view counts, int64_t pixels);
absl::StatusOr<std::vector<PixelRun>> RunsFromLengths(const std::vector<uint32_t>& lengths, int64_t pixels);

// Masks as runs, which may overlap, sorted by area, the largest first. Sampling walks the runs under the crop
// straight into the grid: its cost grows with the runs and the grid's points, not with the picture.
// INVALID_ARGUMENT for a placement that CheckPlacement refuses and for more than kMaxMasksPerPicture.
// REQUIRES: runs as RunsFromCounts gives them for placement.width * placement.height pixels.
absl::StatusOr<std::unique_ptr<const PictureMasks>> MakeRunLengthMasks(
    std::vector<std::vector<PixelRun>> masks, const MaskPlacement& placement);

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_MASKS_RUN_LENGTH_MASKS_H_
