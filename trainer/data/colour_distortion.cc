#include "trainer/data/colour_distortion.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <opencv2/imgproc.hpp>
#include <utility>

namespace pixelclip {
namespace {

constexpr double kBrightness = 32;
constexpr double kLeast = 0.5, kMost = 1.5;  // factors of contrast and saturation
constexpr int kHueSteps = 18;
constexpr int kHues = 180;  // OpenCV's 8-bit HSV counts hue in steps of two degrees

std::array<uint8_t, 256> LinearTable(double scale, double shift) {
  std::array<uint8_t, 256> table;
  for (int i = 0; i < 256; ++i) table[i] = static_cast<uint8_t>(std::clamp(i * scale + shift, 0.0, 255.0));
  return table;
}

// Puts channel `channel` of the picture's HSV through a table.
Image MapHsv(Image image, int channel, const std::array<uint8_t, 256>& table) {
  cv::Mat rgb(image.height, image.width, CV_8UC3, image.pixels.data());
  cv::Mat hsv;
  cv::cvtColor(rgb, hsv, cv::COLOR_RGB2HSV);
  uint8_t* values = hsv.data;
  for (size_t i = channel; i < image.pixels.size(); i += 3) values[i] = table[values[i]];
  cv::cvtColor(hsv, rgb, cv::COLOR_HSV2RGB);
  return image;
}

}  // namespace

Image ScaleAndShift(Image image, double scale, double shift) {
  const auto table = LinearTable(scale, shift);
  for (uint8_t& value : image.pixels) value = table[value];
  return image;
}

Image ScaleSaturation(Image image, double scale) {
  return MapHsv(std::move(image), 1, LinearTable(scale, 0));
}

Image ShiftHue(Image image, int steps) {
  std::array<uint8_t, 256> table;
  for (int i = 0; i < 256; ++i) table[i] = static_cast<uint8_t>((i + steps + kHues) % kHues);
  return MapHsv(std::move(image), 0, table);
}

Image DistortColours(Image image, Random& random) {
  if (random.Chance(0.5))
    image = ScaleAndShift(std::move(image), 1, random.Uniform(-kBrightness, kBrightness));
  const bool contrast_first = random.Chance(0.5);
  const bool change_contrast = random.Chance(0.5);
  const double contrast = random.Uniform(kLeast, kMost);
  if (change_contrast && contrast_first) image = ScaleAndShift(std::move(image), contrast, 0);
  if (random.Chance(0.5)) image = ScaleSaturation(std::move(image), random.Uniform(kLeast, kMost));
  if (random.Chance(0.5)) image = ShiftHue(std::move(image), random.Integer(-kHueSteps, kHueSteps));
  if (change_contrast && !contrast_first) image = ScaleAndShift(std::move(image), contrast, 0);
  return image;
}

}  // namespace pixelclip
