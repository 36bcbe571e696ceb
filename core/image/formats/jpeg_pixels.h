#ifndef PIXELCLIP_CORE_IMAGE_FORMATS_JPEG_PIXELS_H_
#define PIXELCLIP_CORE_IMAGE_FORMATS_JPEG_PIXELS_H_

#include <string_view>

#include "core/image/image.h"

namespace pixelclip {

// Decodes a JPEG as RGB. `image` has the stored width and height, and its pixels are written, whatever they
// were. False for corrupt data and for another size; the pixels are then arbitrary.
//
// Of four colour components, the inks are inverted, as Adobe and everyone else stores them, and mixed with
// Pillow's rounding.
//
// Memory: the pixels; and of a JPEG of several scans two bytes for each sample, which are given back row by
// row as the pixels are written. So the peak is the larger of the two, not their sum.
bool DecodeJpeg(std::string_view file, Image& image);

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_IMAGE_FORMATS_JPEG_PIXELS_H_
