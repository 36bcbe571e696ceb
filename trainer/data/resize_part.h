#ifndef PIXELCLIP_TRAINER_DATA_RESIZE_PART_H_
#define PIXELCLIP_TRAINER_DATA_RESIZE_PART_H_

#include "core/image/box.h"
#include "core/image/image.h"
#include "core/image/resize.h"

namespace pixelclip {

// The pixels `part` of ResizeAntialiased(image, size.width, size.height), bit for bit, for the price of those
// pixels. REQUIRES: an image of at least 1x1; a part of at least 1x1 inside of `size`. Thread-safe.
Image ResizePart(const Image& image, const Size& size, const Box& part);

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_DATA_RESIZE_PART_H_
