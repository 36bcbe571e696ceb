#ifndef PIXELCLIP_CORE_IMAGE_DECODE_LIMITS_H_
#define PIXELCLIP_CORE_IMAGE_DECODE_LIMITS_H_

#include <cstdint>

namespace pixelclip {

// How large a picture may be; checked before its pixels are allocated.
struct DecodeLimits {
  int64_t max_pixels = int64_t{64} << 20;  // width * height
  int max_side = 65500;                    // of either side, in pixels

  // Whether a picture of this size, of any two numbers, keeps them.
  bool Admits(int64_t width, int64_t height) const {
    return width >= 1 && height >= 1 && width <= max_side && height <= max_side &&
           width * height <= max_pixels;
  }
};

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_IMAGE_DECODE_LIMITS_H_
