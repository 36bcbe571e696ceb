#include "trainer/data/colour_jitter.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <opencv2/imgproc.hpp>
#include <utility>

namespace pixelclip {
namespace {

uint8_t Grey(const uint8_t* rgb) {
  return static_cast<uint8_t>((19595u * rgb[0] + 38470u * rgb[1] + 7471u * rgb[2] + 0x8000u) >> 16);
}

// `base` for factor 0, `value` for factor 1.
uint8_t Blend(int base, int value, float factor) {
  const int blended = static_cast<int>(base + factor * (value - base));
  return static_cast<uint8_t>(std::clamp(blended, 0, 255));
}

Image BlendWith(int base, Image image, double factor) {
  std::array<uint8_t, 256> table;
  for (int i = 0; i < 256; ++i) table[i] = Blend(base, i, static_cast<float>(factor));
  for (uint8_t& value : image.pixels) value = table[value];
  return image;
}

int MeanGrey(const Image& image) {
  uint64_t sum = 0;
  for (size_t i = 0; i < image.pixels.size(); i += 3) sum += Grey(&image.pixels[i]);
  const uint64_t count = image.pixels.size() / 3;
  return static_cast<int>((sum + count / 2) / count);
}

}  // namespace

Image AdjustBrightness(Image image, double factor) { return BlendWith(0, std::move(image), factor); }

Image AdjustContrast(Image image, double factor) {
  const int mean = MeanGrey(image);
  return BlendWith(mean, std::move(image), factor);
}

Image AdjustSaturation(Image image, double factor) {
  const auto scale = static_cast<float>(factor);
  for (size_t i = 0; i < image.pixels.size(); i += 3) {
    uint8_t* rgb = &image.pixels[i];
    const int grey = Grey(rgb);
    for (int c = 0; c < 3; ++c) rgb[c] = Blend(grey, rgb[c], scale);
  }
  return image;
}

Image RotateHue(Image image, double turns) {
  const int shift = static_cast<int>(turns * 255);  // as torchvision takes it
  cv::Mat rgb(image.height, image.width, CV_8UC3, image.pixels.data());
  cv::Mat hsv;
  cv::cvtColor(rgb, hsv, cv::COLOR_RGB2HSV_FULL);
  uint8_t* values = hsv.data;
  for (size_t i = 0; i < image.pixels.size(); i += 3) values[i] = static_cast<uint8_t>(values[i] + shift);
  cv::cvtColor(hsv, rgb, cv::COLOR_HSV2RGB_FULL);
  return image;
}

Image ToGrey(Image image) {
  for (size_t i = 0; i < image.pixels.size(); i += 3) {
    uint8_t* rgb = &image.pixels[i];
    rgb[0] = rgb[1] = rgb[2] = Grey(rgb);
  }
  return image;
}

}  // namespace pixelclip
