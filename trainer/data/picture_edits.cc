#include "trainer/data/picture_edits.h"

#include <algorithm>
#include <cstddef>
#include <opencv2/imgproc.hpp>
#include <utility>

namespace pixelclip {

Image Flip(Image image) {
  for (int y = 0; y < image.height; ++y) {
    uint8_t* left = image.pixels.data() + size_t{3} * y * image.width;
    uint8_t* right = left + size_t{3} * (image.width - 1);
    for (; left < right; left += 3, right -= 3) std::swap_ranges(left, left + 3, right);
  }
  return image;
}

Image Blur(Image image, double sigma) {
  cv::Mat pixels(image.height, image.width, CV_8UC3, image.pixels.data());
  cv::GaussianBlur(pixels, pixels, cv::Size(), sigma, sigma, cv::BORDER_REPLICATE);
  return image;
}

Image Blacken(Image image, const Box& box) {
  for (int y = box.y; y < box.y + box.height; ++y) {
    std::fill_n(image.pixels.begin() + 3 * (ptrdiff_t{y} * image.width + box.x), 3 * box.width, 0);
  }
  return image;
}

Image Pad(Image image, int width, int height, bool to_the_right, const std::array<uint8_t, 3>& colour) {
  if (image.width == width && image.height == height) return image;
  Image result{width, height, std::vector<uint8_t>(size_t{3} * width * height)};
  for (size_t i = 0; i < result.pixels.size(); i += 3) {
    std::copy(colour.begin(), colour.end(), result.pixels.begin() + i);
  }
  const int x = to_the_right ? width - image.width : 0;
  for (int y = 0; y < image.height; ++y) {
    std::copy_n(image.pixels.begin() + ptrdiff_t{3} * y * image.width, 3 * image.width,
                result.pixels.begin() + 3 * (ptrdiff_t{y} * width + x));
  }
  return result;
}

}  // namespace pixelclip
