#include "core/image/resize.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

namespace pixelclip {
namespace {

// 32 bits hold a sum of 8-bit values times weights that add up to 2^22, with room for the sign and rounding.
constexpr int kWeightBits = 22;
constexpr int32_t kHalf = 1 << (kWeightBits - 1);

// What one output pixel takes: input pixels first .. first + count - 1 with weights[0 .. count - 1].
struct Window {
  int first = 0;
  int count = 0;
  const int32_t* weights = nullptr;
};

// The windows of output pixels [begin, begin + size) along one side of `output_size`.
class Filter {
 public:
  Filter(int input_size, int output_size, int begin, int size) {
    const double scale = static_cast<double>(input_size) / output_size;
    const double support = std::max(scale, 1.0);  // half the triangle's width in input pixels
    const int most_taps = static_cast<int>(std::ceil(support)) * 2 + 1;
    const double inverse_support = 1.0 / support;
    weights_.resize(static_cast<size_t>(most_taps) * size);
    windows_.resize(size);
    std::vector<double> triangle(most_taps);
    for (int i = 0; i < size; ++i) {
      const double center = (begin + i + 0.5) * scale;
      const int first = std::max(0, static_cast<int>(center - support + 0.5));
      const int count = std::min(input_size, static_cast<int>(center + support + 0.5)) - first;
      double sum = 0;
      for (int k = 0; k < count; ++k) {
        const double distance = std::abs((k + first - center + 0.5) * inverse_support);
        triangle[k] = distance < 1.0 ? 1.0 - distance : 0.0;
        sum += triangle[k];
      }
      int32_t* weights = weights_.data() + static_cast<size_t>(i) * most_taps;
      for (int k = 0; k < count; ++k) {
        const double weight = sum != 0.0 ? triangle[k] / sum : triangle[k];
        weights[k] = static_cast<int32_t>(0.5 + weight * (1 << kWeightBits));
      }
      windows_[i] = {first, count, weights};
    }
  }

  const Window& operator[](int i) const { return windows_[i]; }
  int size() const { return static_cast<int>(windows_.size()); }

  // The input pixels that any output pixel takes: [first(), last()).
  int first() const { return windows_.front().first; }
  int last() const { return windows_.back().first + windows_.back().count; }

 private:
  std::vector<int32_t> weights_;
  std::vector<Window> windows_;
};

// Weights are positive and sum up to 1, so a sum can exceed 255 only by the weights' own rounding.
uint8_t ToPixel(int32_t sum) { return static_cast<uint8_t>(std::min(sum >> kWeightBits, 255)); }

// Resizes rows [first_row, last_row) of `image` to filter.size() columns.
std::vector<uint8_t> ResizeRows(const Image& image, const Filter& filter, int first_row, int last_row) {
  std::vector<uint8_t> result(size_t{3} * filter.size() * (last_row - first_row));
  uint8_t* out = result.data();
  for (int y = first_row; y < last_row; ++y) {
    const uint8_t* row = image.pixels.data() + size_t{3} * y * image.width;
    for (int x = 0; x < filter.size(); ++x, out += 3) {
      const Window& window = filter[x];
      const uint8_t* in = row + 3 * window.first;
      int32_t red = kHalf, green = kHalf, blue = kHalf;
      for (int k = 0; k < window.count; ++k, in += 3) {
        const int32_t weight = window.weights[k];
        red += in[0] * weight;
        green += in[1] * weight;
        blue += in[2] * weight;
      }
      out[0] = ToPixel(red);
      out[1] = ToPixel(green);
      out[2] = ToPixel(blue);
    }
  }
  return result;
}

// Resizes columns: `rows` holds rows of `row_bytes`, the first of which is the input's row `first_row`.
std::vector<uint8_t> ResizeColumns(const std::vector<uint8_t>& rows, size_t row_bytes, int first_row,
                                   const Filter& filter) {
  std::vector<uint8_t> result(row_bytes * filter.size());
  std::vector<int32_t> sums(row_bytes);
  for (int y = 0; y < filter.size(); ++y) {
    const Window& window = filter[y];
    std::fill(sums.begin(), sums.end(), kHalf);
    for (int k = 0; k < window.count; ++k) {
      const uint8_t* in = rows.data() + row_bytes * (window.first - first_row + k);
      const int32_t weight = window.weights[k];
      for (size_t i = 0; i < row_bytes; ++i) sums[i] += in[i] * weight;
    }
    uint8_t* out = result.data() + row_bytes * y;
    for (size_t i = 0; i < row_bytes; ++i) out[i] = ToPixel(sums[i]);
  }
  return result;
}

}  // namespace

Image ResizeAntialiased(const Image& image, int width, int height) {
  const Filter vertical(image.height, height, 0, height);
  const bool keeps_height = height == image.height;
  // Rows that no output row looks at are not even resized sideways.
  const int first_row = keeps_height ? 0 : vertical.first();
  const int last_row = keeps_height ? height : vertical.last();

  Image result;
  result.width = width;
  result.height = height;
  if (width == image.width) {
    result.pixels = keeps_height ? image.pixels : ResizeColumns(image.pixels, size_t{3} * width, 0, vertical);
    return result;
  }
  result.pixels = ResizeRows(image, Filter(image.width, width, 0, width), first_row, last_row);
  if (!keeps_height) result.pixels = ResizeColumns(result.pixels, size_t{3} * width, first_row, vertical);
  return result;
}

Image ResizePart(const Image& image, const Size& size, const Box& part) {
  const Filter across(image.width, size.width, part.x, part.width);
  const Filter down(image.height, size.height, part.y, part.height);
  const std::vector<uint8_t> rows = ResizeRows(image, across, down.first(), down.last());
  return {part.width, part.height, ResizeColumns(rows, size_t{3} * part.width, down.first(), down)};
}

Size ShortestEdgeSize(int width, int height, int short_side, int max_long_side) {
  const double scale = static_cast<double>(short_side) / std::min(width, height);
  double new_width = height < width ? scale * width : short_side;
  double new_height = height < width ? short_side : scale * height;
  const double longer = std::max(new_width, new_height);
  if (longer > max_long_side) {
    const double shrink = max_long_side / longer;
    new_width *= shrink;
    new_height *= shrink;
  }
  return {std::max(1, static_cast<int>(new_width + 0.5)), std::max(1, static_cast<int>(new_height + 0.5))};
}

}  // namespace pixelclip
