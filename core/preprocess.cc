#include "core/preprocess.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "core/bilinear.h"

namespace pixelclip {
namespace {

constexpr int kShortSide = 640;
constexpr int kMaxLongPerShort = 4;

}  // namespace

NetworkInput Preprocess(const Image& image, const std::array<double, 3>& mean,
                        const std::array<double, 3>& std_dev, const Size& size) {
  const int short_side = std::max(kShortSide, std::min(size.width, size.height));
  const Size first = ShortestEdgeSize(image.width, image.height, short_side, kMaxLongPerShort * short_side);
  const Image resized = ResizeAntialiased(image, first.width, first.height);

  const size_t plane = size_t{1} * size.height * size.width;
  NetworkInput input{size.height, size.width, std::vector<float>(3 * plane)};
  const std::vector<BilinearTap> rows = BilinearTaps(resized.height, size.height);
  const std::vector<BilinearTap> columns = BilinearTaps(resized.width, size.width);
  const size_t stride = size_t{3} * resized.width;
  for (int c = 0; c < 3; ++c) {
    const float scale = static_cast<float>(1.0 / (255.0 * std_dev[c]));
    const float offset = static_cast<float>(-mean[c] / std_dev[c]);
    float* out = input.values.data() + c * plane;
    for (const BilinearTap& row : rows) {
      const uint8_t* top = resized.pixels.data() + row.low * stride + c;
      const uint8_t* bottom = resized.pixels.data() + row.high * stride + c;
      for (const BilinearTap& column : columns) {
        const float upper = top[3 * column.low] * (1 - column.weight) + top[3 * column.high] * column.weight;
        const float lower =
            bottom[3 * column.low] * (1 - column.weight) + bottom[3 * column.high] * column.weight;
        // The weights sum to 1, so normalising after the resize is normalising before it.
        *out++ = (upper * (1 - row.weight) + lower * row.weight) * scale + offset;
      }
    }
  }
  return input;
}

}  // namespace pixelclip
