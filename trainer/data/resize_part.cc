#include "trainer/data/resize_part.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

namespace pixelclip {
namespace {

// As in core/image/resize.cc, whose bytes these are.
constexpr int kWeightBits = 22;
constexpr int32_t kHalf = 1 << (kWeightBits - 1);

// Which input pixels make each output pixel of a part of one side, and how much.
class Taps {
 public:
  // Output pixels [first, first + count) of the `output_size` that `input_size` pixels become.
  Taps(int input_size, int output_size, int first, int count) : firsts_(count), counts_(count) {
    const double scale = static_cast<double>(input_size) / output_size;
    const double support = std::max(scale, 1.0);  // half the triangle's width in input pixels
    const double inverse_support = 1.0 / support;
    stride_ = static_cast<int>(std::ceil(support)) * 2 + 1;
    weights_.resize(static_cast<size_t>(stride_) * count);
    std::vector<double> triangle(stride_);
    for (int i = 0; i < count; ++i) {
      const double center = (first + i + 0.5) * scale;
      firsts_[i] = std::max(0, static_cast<int>(center - support + 0.5));
      counts_[i] = std::min(input_size, static_cast<int>(center + support + 0.5)) - firsts_[i];
      double sum = 0;
      for (int k = 0; k < counts_[i]; ++k) {
        const double distance = std::abs((k + firsts_[i] - center + 0.5) * inverse_support);
        sum += triangle[k] = std::max(0.0, 1.0 - distance);
      }
      for (int k = 0; k < counts_[i]; ++k) {
        const double weight = triangle[k] / sum;
        weights_[static_cast<size_t>(stride_) * i + k] =
            static_cast<int32_t>(0.5 + weight * (1 << kWeightBits));
      }
    }
  }

  int size() const { return static_cast<int>(firsts_.size()); }
  int first(int i) const { return firsts_[i]; }
  int count(int i) const { return counts_[i]; }
  const int32_t* weights(int i) const { return weights_.data() + static_cast<size_t>(stride_) * i; }

  // The input pixels that any output pixel takes: [begin(), end()).
  int begin() const { return firsts_.front(); }
  int end() const { return firsts_.back() + counts_.back(); }

 private:
  int stride_;
  std::vector<int> firsts_;
  std::vector<int> counts_;
  std::vector<int32_t> weights_;
};

// Weights are positive and sum up to 1, so a sum can exceed 255 only by the weights' own rounding.
uint8_t ToPixel(int32_t sum) { return static_cast<uint8_t>(std::min(sum >> kWeightBits, 255)); }

void ResizeRow(const uint8_t* row, const Taps& taps, uint8_t* out) {
  for (int x = 0; x < taps.size(); ++x, out += 3) {
    const uint8_t* in = row + size_t{3} * taps.first(x);
    const int32_t* weights = taps.weights(x);
    int32_t red = kHalf, green = kHalf, blue = kHalf;
    for (int k = 0; k < taps.count(x); ++k, in += 3) {
      red += in[0] * weights[k];
      green += in[1] * weights[k];
      blue += in[2] * weights[k];
    }
    out[0] = ToPixel(red);
    out[1] = ToPixel(green);
    out[2] = ToPixel(blue);
  }
}

}  // namespace

Image ResizePart(const Image& image, const Size& size, const Box& part) {
  const Taps across(image.width, size.width, part.x, part.width);
  const Taps down(image.height, size.height, part.y, part.height);
  const size_t row_bytes = size_t{3} * part.width;

  std::vector<uint8_t> rows(row_bytes * (down.end() - down.begin()));
  for (int y = down.begin(); y < down.end(); ++y) {
    ResizeRow(image.pixels.data() + size_t{3} * y * image.width, across,
              rows.data() + row_bytes * (y - down.begin()));
  }

  Image result{part.width, part.height, std::vector<uint8_t>(row_bytes * part.height)};
  std::vector<int32_t> sums(row_bytes);
  for (int y = 0; y < part.height; ++y) {
    std::fill(sums.begin(), sums.end(), kHalf);
    for (int k = 0; k < down.count(y); ++k) {
      const uint8_t* in = rows.data() + row_bytes * (down.first(y) + k - down.begin());
      const int32_t weight = down.weights(y)[k];
      for (size_t i = 0; i < row_bytes; ++i) sums[i] += in[i] * weight;
    }
    uint8_t* out = result.pixels.data() + row_bytes * y;
    for (size_t i = 0; i < row_bytes; ++i) out[i] = ToPixel(sums[i]);
  }
  return result;
}

}  // namespace pixelclip
