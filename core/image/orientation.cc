#include "core/image/orientation.h"

#include <cstddef>
#include <utility>

namespace pixelclip {

Image Upright(Image stored, int orientation) {
  if (orientation <= 1 || orientation > 8) return stored;
  // Every orientation is a transposition (or none) with the columns or rows read backwards (or not).
  const bool transposed = orientation >= 5;
  const bool from_right = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  const bool from_bottom = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;

  Image upright;
  upright.width = transposed ? stored.height : stored.width;
  upright.height = transposed ? stored.width : stored.height;
  upright.pixels.resize(stored.pixels.size());
  uint8_t* out = upright.pixels.data();
  for (int y = 0; y < upright.height; ++y) {
    for (int x = 0; x < upright.width; ++x, out += 3) {
      const int column = transposed ? y : x;
      const int row = transposed ? x : y;
      const size_t from_x = from_right ? stored.width - 1 - column : column;
      const size_t from_y = from_bottom ? stored.height - 1 - row : row;
      const uint8_t* in = stored.pixels.data() + 3 * (from_y * stored.width + from_x);
      out[0] = in[0];
      out[1] = in[1];
      out[2] = in[2];
    }
  }
  return upright;
}

}  // namespace pixelclip
