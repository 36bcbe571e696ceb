#ifndef PIXELCLIP_CORE_IMAGE_IMAGE_H_
#define PIXELCLIP_CORE_IMAGE_IMAGE_H_

#include <cstdint>
#include <vector>

namespace pixelclip {

// A picture in memory: 8-bit RGB, rows from the top without padding. `pixels.size()` is 3 * width * height.
struct Image {
  int width = 0;
  int height = 0;
  std::vector<uint8_t> pixels;
};

// One value a pixel, rows from the top without padding: scores or masks as an 8-bit picture.
struct GrayImage {
  int width = 0;
  int height = 0;
  std::vector<uint8_t> pixels;
};

// One class index a pixel, rows from the top without padding. `labels.size()` is width * height.
struct LabelMap {
  int width = 0;
  int height = 0;
  std::vector<uint16_t> labels;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_IMAGE_IMAGE_H_
