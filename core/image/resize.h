#ifndef PIXELCLIP_CORE_IMAGE_RESIZE_H_
#define PIXELCLIP_CORE_IMAGE_RESIZE_H_

#include "core/image/box.h"
#include "core/image/image.h"

namespace pixelclip {

// Bilinear resize whose triangle widens with the reduction, so that every input pixel counts. Bit for bit
// what Pillow's Image.resize((width, height), BILINEAR) gives for 8-bit RGB: 22-bit fixed-point weights,
// first along the rows and then along the columns with 8-bit values in between, either left out where that
// side stays. (Pillow 13 sometimes takes the columns first, which changes some values by 1.) REQUIRES: an
// image of at least 1x1; width, height >= 1. Thread-safe.
Image ResizeAntialiased(const Image& image, int width, int height);

struct Size {
  int width = 0;
  int height = 0;
};

// The pixels `part` of ResizeAntialiased(image, size.width, size.height), bit for bit, for the price of those
// pixels. REQUIRES: an image of at least 1x1; a part of at least 1x1 inside of `size`. Thread-safe.
Image ResizePart(const Image& image, const Size& size, const Box& part);

// The size for which the shorter side is `short_side`, or less if the longer one would exceed
// `max_long_side`; rounded as detectron2's ResizeShortestEdge does, but never below 1.
// REQUIRES: all arguments >= 1.
Size ShortestEdgeSize(int width, int height, int short_side = 640, int max_long_side = 2560);

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_IMAGE_RESIZE_H_
