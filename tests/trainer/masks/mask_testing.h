#ifndef PIXELCLIP_TESTS_TRAINER_MASKS_MASK_TESTING_H_
#define PIXELCLIP_TESTS_TRAINER_MASKS_MASK_TESTING_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "core/image/image.h"
#include "core/image/png.h"
#include "tests/cli/temporary_folder.h"
#include "trainer/masks/mask_source.h"
#include "trainer/masks/picture_masks.h"

namespace pixelclip {

// One mask, a byte a pixel, rows from the top.
struct Bitmap {
  int width = 0;
  int height = 0;
  std::vector<uint8_t> pixels;

  // The pixel of the bitmap stretched over a picture; 0 beside it.
  uint8_t At(double x, double y, int picture_width, int picture_height) const {
    if (x < 0 || y < 0 || x >= picture_width || y >= picture_height) return 0;
    const int column = static_cast<int>((std::floor(x) + 0.5) * width / picture_width);
    const int row = static_cast<int>((std::floor(y) + 0.5) * height / picture_height);
    return pixels[static_cast<size_t>(row) * width + column];
  }
};

// What PictureMasks::Sample promises, as published: the whole view, which is flipped and then resized.
inline std::vector<uint8_t> SampleSlowly(const Bitmap& mask, const Crop& crop, int side, int picture_width,
                                         int picture_height) {
  const int view_side = crop.view_side > 0 ? crop.view_side : side;
  std::vector<std::vector<uint8_t>> view(view_side);
  for (int y = 0; y < view_side; ++y) {
    for (int x = 0; x < view_side; ++x) {
      view[y].push_back(mask.At(crop.x + (x + 0.5) * crop.width / view_side,
                                crop.y + (y + 0.5) * crop.height / view_side, picture_width, picture_height));
    }
    if (crop.flipped) std::reverse(view[y].begin(), view[y].end());
  }
  const float step = static_cast<float>(view_side) / static_cast<float>(side);
  const auto nearest = [&](int point) { return std::min(static_cast<int>(point * step), view_side - 1); };
  std::vector<uint8_t> grid;
  for (int j = 0; j < side; ++j) {
    for (int i = 0; i < side; ++i) grid.push_back(view[nearest(j)][nearest(i)]);
  }
  return grid;
}

inline std::vector<uint8_t> Plane(const MaskStack& stack, int index) {
  const auto plane = static_cast<ptrdiff_t>(stack.side) * stack.side;
  return {stack.pixels.begin() + index * plane, stack.pixels.begin() + (index + 1) * plane};
}

// A crop that may reach beyond every edge.
inline Crop RandomCrop(std::mt19937& random, int width, int height) {
  const auto uniform = [&](double low, double high) {
    return low + (high - low) * static_cast<double>(random()) / 4294967296.0;
  };
  return {uniform(-0.3 * width, 0.8 * width),
          uniform(-0.3 * height, 0.8 * height),
          uniform(1, 1.2 * width),
          uniform(1, 1.2 * height),
          random() % 2 == 0,
          static_cast<int>(random() % 60)};
}

inline Crop Whole(const Image& image) {
  return {0, 0, static_cast<double>(image.width), static_cast<double>(image.height)};
}

// The masks of a picture as rows of '#' and '.', for a picture of side x side pixels.
inline std::vector<std::string> Drawn(const MaskedPicture& picture) {
  const absl::StatusOr<MaskStack> stack = picture.masks->Sample(Whole(picture.image), picture.image.width);
  EXPECT_TRUE(stack.ok()) << stack.status();
  std::vector<std::string> drawn;
  for (int m = 0; stack.ok() && m < stack->count; ++m) {
    std::string rows;
    for (const uint8_t pixel : Plane(*stack, m)) {
      rows += pixel ? '#' : '.';
      if ((rows.size() + 1) % (stack->side + 1) == 0) rows += '/';
    }
    rows.pop_back();
    drawn.push_back(rows);
  }
  return drawn;
}

inline std::string FlatPng(int width, int height, uint8_t value = 90) {
  const absl::StatusOr<std::string> png =
      EncodePng(Image{width, height, std::vector<uint8_t>(size_t{3} * width * height, value)});
  EXPECT_TRUE(png.ok());
  return *png;
}

template <typename T>
std::string ErrorOf(const absl::StatusOr<T>& result) {
  return result.ok() ? "no error" : std::string(result.status().message());
}

}  // namespace pixelclip

#endif  // PIXELCLIP_TESTS_TRAINER_MASKS_MASK_TESTING_H_
