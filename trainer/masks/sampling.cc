#include "trainer/masks/sampling.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>

#include "core/checkpoint/problem.h"
#include "core/image/decode_limits.h"

namespace pixelclip {
namespace {

constexpr int kMaxGridSide = 8192;
constexpr int64_t kMaxStackBytes = int64_t{1} << 31;

std::vector<int> PlacePoints(double start, double length, int side, int view_side, bool flipped,
                             int picture_side, int mask_side) {
  std::vector<int> places(side, -1);
  for (int i = 0; i < side; ++i) {
    const int seen = flipped ? view_side - 1 - NearestPixel(side - 1 - i, side, view_side)
                             : NearestPixel(i, side, view_side);
    const double pixel = std::floor(start + (seen + 0.5) * length / view_side);
    if (pixel < 0 || pixel >= picture_side) continue;
    places[i] =
        static_cast<int>((2 * static_cast<int64_t>(pixel) + 1) * mask_side / (2 * int64_t{picture_side}));
  }
  return places;
}

}  // namespace

absl::Status CheckPlacement(const MaskPlacement& placement) {
  const int64_t width = placement.width, height = placement.height;
  const int64_t picture_width = placement.picture_width, picture_height = placement.picture_height;
  const DecodeLimits limits;
  if (width < 1 || height < 1 || std::max(width, height) > limits.max_side ||
      width * height > limits.max_pixels) {
    return Invalid("masks of ", width, "x", height, " pixels; at least 1x1 and at most ", limits.max_pixels,
                   " and ", limits.max_side, " a side are allowed");
  }
  if (picture_width < 1 || picture_height < 1) {
    return Invalid("a picture of ", picture_width, "x", picture_height, " pixels");
  }
  // Each side of the smaller one may be rounded by up to a pixel.
  const int64_t slack = std::max(width + height, picture_width + picture_height);
  if (std::abs(width * picture_height - height * picture_width) > slack) {
    return Invalid("masks of ", width, "x", height, " pixels do not have the shape of the upright picture, ",
                   picture_width, "x", picture_height);
  }
  return absl::OkStatus();
}

int NearestPixel(int point, int points, int pixels) {
  if (points == pixels) return point;
  // In its arithmetic, too, which decides where the quotient is a whole number but for rounding.
  return std::min(static_cast<int>(point * (static_cast<float>(pixels) / points)), pixels - 1);
}

SamplingGrid PlaceGrid(const Crop& crop, int side, const MaskPlacement& placement) {
  const int view_side = crop.view_side > 0 ? crop.view_side : side;
  return {PlacePoints(crop.x, crop.width, side, view_side, crop.flipped, placement.picture_width,
                      placement.width),
          PlacePoints(crop.y, crop.height, side, view_side, /*flipped=*/false, placement.picture_height,
                      placement.height)};
}

absl::StatusOr<MaskStack> EmptyStack(size_t count, const Crop& crop, int side) {
  const bool finite = std::isfinite(crop.x) && std::isfinite(crop.y) && std::isfinite(crop.width) &&
                      std::isfinite(crop.height);
  if (!finite || crop.width <= 0 || crop.height <= 0) {
    return Invalid("crop of ", crop.width, "x", crop.height, " pixels at ", crop.x, ", ", crop.y);
  }
  if (side < 1 || side > kMaxGridSide) {
    return Invalid("grid of ", side, " points a side; must be 1 to ", kMaxGridSide);
  }
  const int64_t plane = int64_t{side} * side;
  if (static_cast<int64_t>(count) > kMaxStackBytes / plane) {
    return Invalid(count, " masks of ", side, "x", side, " points; at most ", kMaxStackBytes,
                   " bytes are allowed");
  }
  return MaskStack{static_cast<int>(count), side, std::vector<uint8_t>(count * plane)};
}

}  // namespace pixelclip
