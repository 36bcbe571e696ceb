#ifndef PIXELCLIP_CORE_IMAGE_FORMATS_CMYK_JPEG_H_
#define PIXELCLIP_CORE_IMAGE_FORMATS_CMYK_JPEG_H_

#include <string_view>

#include "core/image/image.h"

namespace pixelclip {

// Decodes a JPEG of four colour components into `image`, whose size is the stored one, as RGB. The inks are
// inverted, as Adobe and everyone else stores them, and mixed with Pillow's rounding, from which OpenCV's
// differs by a level nearly everywhere. False for corrupt data and for another size.
bool DecodeCmykJpeg(std::string_view file, Image& image);

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_IMAGE_FORMATS_CMYK_JPEG_H_
