#ifndef PIXELCLIP_TRAINER_DATA_COLOUR_JITTER_H_
#define PIXELCLIP_TRAINER_DATA_COLOUR_JITTER_H_

#include "core/image/image.h"

namespace pixelclip {

// The colour jitter of torchvision as it treats Pillow's 8-bit pictures: brightness, contrast and saturation
// move each value away from (factor > 1) or towards (< 1) black, the picture's mean grey and the pixel's own
// grey; results are cut to 0 .. 255 without rounding. Factors are >= 0. All are thread-safe; RotateHue throws
// cv::Exception as OpenCV does when memory ends.
Image AdjustBrightness(Image image, double factor);
Image AdjustContrast(Image image, double factor);
Image AdjustSaturation(Image image, double factor);

// Turns hues by `turns` of the colour wheel, from -1 to 1, in steps of 1/256.
Image RotateHue(Image image, double turns);

// Three equal channels: ITU-R 601's luma, as Pillow rounds it.
Image ToGrey(Image image);

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_DATA_COLOUR_JITTER_H_
