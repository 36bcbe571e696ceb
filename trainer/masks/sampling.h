#ifndef PIXELCLIP_TRAINER_MASKS_SAMPLING_H_
#define PIXELCLIP_TRAINER_MASKS_SAMPLING_H_

#include <cstddef>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "trainer/masks/picture_masks.h"

namespace pixelclip {

// A picture with more masks is refused: its stack alone would take a quarter of a gigabyte.
inline constexpr int kMaxMasksPerPicture = 4096;

// How the masks of one picture lie on it: their own size, stretched over the picture's.
struct MaskPlacement {
  int width = 0, height = 0;
  int picture_width = 0, picture_height = 0;
};

// INVALID_ARGUMENT for sides below 1, masks beyond DecodeLimits, and masks of another shape than the
// picture, as far as rounding one to the size of the other does not explain it.
absl::Status CheckPlacement(const MaskPlacement& placement);

// The pixel of `pixels` in a row that PyTorch's "nearest" takes for point `point` of `points`: about
// point * pixels / points, rounded down.
int NearestPixel(int point, int points, int pixels);

// Where the points of the sampling grid lie in the masks: for point i of a side the column (or row) under
// it, ascending; -1 beside the picture. Of a flipped crop the points are counted from the right, so that
// the caller has still to turn the rows round.
struct SamplingGrid {
  std::vector<int> columns;
  std::vector<int> rows;
};
SamplingGrid PlaceGrid(const Crop& crop, int side, const MaskPlacement& placement);

// `count` empty masks. INVALID_ARGUMENT for a crop that is not finite or has no pixels, a side outside of 1
// to 8192, or more than 2^31 bytes.
absl::StatusOr<MaskStack> EmptyStack(size_t count, const Crop& crop, int side);

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_MASKS_SAMPLING_H_
