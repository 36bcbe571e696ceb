#ifndef PIXELCLIP_TESTS_TESTING_PICTURES_H_
#define PIXELCLIP_TESTS_TESTING_PICTURES_H_

#include <array>
#include <cstdint>
#include <random>
#include <vector>

#include "core/image/image.h"

namespace pixelclip::testing {

using Colour = std::array<uint8_t, 3>;

// `colour(x, y)` for every pixel.
template <typename Function>
Image Painted(int width, int height, Function colour) {
  Image image{width, height, {}};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (const uint8_t value : colour(x, y)) image.pixels.push_back(value);
    }
  }
  return image;
}

// Red counts columns, green rows: each pixel says where it comes from. REQUIRES: no side above 256.
inline Image Coordinates(int width, int height) {
  return Painted(width, height, [](int x, int y) {
    return Colour{static_cast<uint8_t>(x), static_cast<uint8_t>(y), 0};
  });
}

inline Image Noise(int width, int height, uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto byte = [&random] { return static_cast<uint8_t>(random()); };
  return Painted(width, height, [&](int, int) { return Colour{byte(), byte(), byte()}; });
}

inline Image Row(const std::vector<Colour>& colours) {
  return Painted(static_cast<int>(colours.size()), 1, [&](int x, int) { return colours[x]; });
}

inline Colour At(const Image& image, int x, int y) {
  const uint8_t* pixel = &image.pixels[3 * (static_cast<size_t>(y) * image.width + x)];
  return {pixel[0], pixel[1], pixel[2]};
}

}  // namespace pixelclip::testing

#endif  // PIXELCLIP_TESTS_TESTING_PICTURES_H_
