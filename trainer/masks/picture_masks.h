#ifndef PIXELCLIP_TRAINER_MASKS_PICTURE_MASKS_H_
#define PIXELCLIP_TRAINER_MASKS_PICTURE_MASKS_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "core/image/image.h"

namespace pixelclip {

// The part of a picture that a training example shows, in pixels of the upright picture. It may reach beyond
// the picture's right and lower edge: what lies there belongs to no mask.
struct Crop {
  double x = 0, y = 0;  // of the upper left corner
  double width = 0, height = 0;
  bool flipped = false;  // left and right are exchanged after cropping
  // Pixels a side of the view that shows it; 0: as many as points are asked for.
  int view_side = 0;
};

// Masks over one grid: `count` planes of side x side bytes, 0 or 1, rows from the top. They may overlap.
struct MaskStack {
  int count = 0;
  int side = 0;
  std::vector<uint8_t> pixels;  // [count, side, side]
};

// The masks of one picture before anyone has chosen a crop or a resolution. Immutable; any thread may ask.
class PictureMasks {
 public:
  virtual ~PictureMasks() = default;

  // Every mask inside the crop on side x side points. Point i of a side looks at pixel p of the view, which
  // is NearestPixel(i, side, view_side), and that at picture pixel floor(x + (p + 0.5) * width / view_side),
  // or its mirror image: what the published code gets, which cuts, flips and resizes (nearest) in that order.
  // No intermediate of the picture's or the view's full size is made. Empty masks stay in the stack.
  virtual absl::StatusOr<MaskStack> Sample(const Crop& crop, int side) const = 0;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_MASKS_PICTURE_MASKS_H_
