#ifndef PIXELCLIP_TRAINER_DATA_COLOUR_DISTORTION_H_
#define PIXELCLIP_TRAINER_DATA_COLOUR_DISTORTION_H_

#include "core/image/image.h"
#include "trainer/data/random.h"

namespace pixelclip {

// The colour distortion of the SSD detector, as detectron2's ColorAugSSDTransform does it in 8 bits. All are
// thread-safe; those over HSV throw cv::Exception as OpenCV does when memory ends.

// Each value times `scale` plus `shift`, cut to 0 .. 255, without rounding.
Image ScaleAndShift(Image image, double scale, double shift);

// The saturation of HSV times `scale`, cut in the same way.
Image ScaleSaturation(Image image, double scale);

// Hues turned by `steps` of two degrees; |steps| <= 180.
Image ShiftHue(Image image, int steps);

// Each with a chance of one half, in this or that order: brightness by up to 32, contrast and saturation by
// half to one and a half, hue by up to 36 degrees.
Image DistortColours(Image image, Random& random);

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_DATA_COLOUR_DISTORTION_H_
