#ifndef PIXELCLIP_CORE_IMAGE_ORIENTATION_H_
#define PIXELCLIP_CORE_IMAGE_ORIENTATION_H_

#include "core/image/image.h"

namespace pixelclip {

// Turns a stored picture upright. `orientation` is EXIF's: 1 upright, 2 mirrored, 3 upside down, 4 flipped,
// 5 transposed, 6 to be turned clockwise, 7 transposed across the other diagonal, 8 to be turned
// counter-clockwise. 5 to 8 swap the sides.
Image Upright(Image stored, int orientation);

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_IMAGE_ORIENTATION_H_
