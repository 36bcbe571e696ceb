#ifndef PIXELCLIP_TRAINER_DATA_PICTURE_EDITS_H_
#define PIXELCLIP_TRAINER_DATA_PICTURE_EDITS_H_

#include <array>
#include <cstdint>

#include "core/image/box.h"
#include "core/image/image.h"

namespace pixelclip {

// All are thread-safe.

// Left and right exchanged.
Image Flip(Image image);

// Gaussian blur of standard deviation `sigma` > 0 pixels; beyond the border lie the border's own pixels.
// Throws cv::Exception as OpenCV does when memory ends.
Image Blur(Image image, double sigma);

// `box` filled with black. REQUIRES: a box inside of the image.
Image Blacken(Image image, const Box& box);

// The image in the upper left corner of width x height pixels of one colour, or in the upper right corner.
// REQUIRES: an image that is no larger.
Image Pad(Image image, int width, int height, bool to_the_right, const std::array<uint8_t, 3>& colour);

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_DATA_PICTURE_EDITS_H_
