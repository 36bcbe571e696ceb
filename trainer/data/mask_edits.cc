#include "trainer/data/mask_edits.h"

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "trainer/masks/sampling.h"

namespace pixelclip {
namespace {

// The first of `side` points that looks at `pixel` of the view or at a later one.
int FirstPoint(int pixel, int side, int view_side) {
  int point = 0;
  while (point < side && NearestPixel(point, side, view_side) < pixel) ++point;
  return point;
}

}  // namespace

MaskStack CutFromMasks(MaskStack masks, const Box& box, int view_side) {
  const int left = FirstPoint(box.x, masks.side, view_side);
  const int right = FirstPoint(box.x + box.width, masks.side, view_side);
  const int top = FirstPoint(box.y, masks.side, view_side);
  const int bottom = FirstPoint(box.y + box.height, masks.side, view_side);
  for (int m = 0; m < masks.count; ++m) {
    for (int y = top; y < bottom; ++y) {
      const size_t row = (static_cast<size_t>(m) * masks.side + y) * masks.side;
      std::fill(masks.pixels.begin() + row + left, masks.pixels.begin() + row + right, 0);
    }
  }
  return masks;
}

MaskStack DropEmptyMasks(MaskStack masks) {
  const size_t plane = static_cast<size_t>(masks.side) * masks.side;
  auto kept = masks.pixels.begin();
  int count = 0;
  for (int m = 0; m < masks.count; ++m) {
    const auto first = masks.pixels.begin() + plane * m;
    if (std::memchr(&*first, 1, plane) == nullptr) continue;
    if (kept != first) std::copy(first, first + plane, kept);
    kept += plane;
    ++count;
  }
  masks.count = count;
  masks.pixels.erase(kept, masks.pixels.end());
  return masks;
}

}  // namespace pixelclip
