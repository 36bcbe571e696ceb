#ifndef PIXELCLIP_TRAINER_FIGURES_RECT_H_
#define PIXELCLIP_TRAINER_FIGURES_RECT_H_

namespace pixelclip {

// In points; (x, y) is the upper left corner.
struct Rect {
  double x = 0, y = 0, width = 0, height = 0;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_FIGURES_RECT_H_
