#ifndef PIXELCLIP_CORE_IMAGE_BOX_H_
#define PIXELCLIP_CORE_IMAGE_BOX_H_

namespace pixelclip {

// A part of a picture: [x, x + width) by [y, y + height), in pixels from the top left corner.
struct Box {
  int x = 0;
  int y = 0;
  int width = 0;
  int height = 0;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_IMAGE_BOX_H_
