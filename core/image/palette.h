#ifndef PIXELCLIP_CORE_IMAGE_PALETTE_H_
#define PIXELCLIP_CORE_IMAGE_PALETTE_H_

#include <cstdint>

namespace pixelclip {

struct Color {
  uint8_t red = 0;
  uint8_t green = 0;
  uint8_t blue = 0;
};

// The colour that stands for a label in pictures: always the same for the same label, vivid on a photograph,
// and far from the colours of all smaller labels. After 48 labels the colours come again.
Color ColorOf(uint16_t label);

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_IMAGE_PALETTE_H_
