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

  // Every mask inside the crop, sampled at the nearest pixel on side x side points: point i of a side looks
  // at picture pixel floor(x + (i + 0.5) * width / side), as PyTorch's "nearest-exact" does. (The published
  // code's "nearest" looks at floor(i * width / side); callers that must equal it ask for a grid of the
  // crop's own size.) No intermediate of the picture's full size is made. Empty masks stay in the stack.
  virtual absl::StatusOr<MaskStack> Sample(const Crop& crop, int side) const = 0;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_MASKS_PICTURE_MASKS_H_
