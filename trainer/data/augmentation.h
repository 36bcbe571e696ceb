#ifndef PIXELCLIP_TRAINER_DATA_AUGMENTATION_H_
#define PIXELCLIP_TRAINER_DATA_AUGMENTATION_H_

#include "absl/status/status.h"
#include "core/image/box.h"
#include "core/image/image.h"
#include "trainer/data/random.h"
#include "trainer/masks/picture_masks.h"

namespace pixelclip {

// How a picture becomes two views. The defaults are the published ones. Chances are from 0 to 1.
struct AugmentationSettings {
  // The picture is resized so that its shorter side has `short_side` pixels, or fewer if the longer one would
  // exceed `max_long_side` (the published settings leave that at detectron2's default).
  int short_side = 1024;
  int max_long_side = 1333;

  // Side of the square that is cut from it, in pixels, anywhere with the same chance.
  int crop_side = 640;

  // Brightness, contrast, saturation and hue of both views, each with a chance of one half.
  bool distort_colours = true;

  double flip_chance = 0.5;  // that left and right are exchanged, in both views

  // Whether the strong view differs from the weak one. What follows is about the strong view only.
  bool strong_view = true;

  double jitter_chance = 0.8;      // that its colours are jittered, by the next four in random order:
  double jitter_brightness = 0.5;  // factor from 1 - this to 1 + this; at most 1
  double jitter_contrast = 0.5;    // the same
  double jitter_saturation = 0.5;  // the same
  double jitter_hue = 0.25;        // turns of the colour wheel, to either side; at most 0.5

  double grey_chance = 0.2;

  double blur_chance = 0.5;
  double blur_sigma_min = 0.1;  // standard deviation in pixels
  double blur_sigma_max = 2.0;

  // Sides of the rectangle that is blackened, as parts of the view's. A maximum of 0 leaves it out.
  double cut_out_min = 0.1;
  double cut_out_max = 0.5;

  // Whether masks lose the rectangle too. The published code does that to masks from files and not to those
  // that it makes with DINO.
  bool cut_masks = true;
};

// INVALID_ARGUMENT that names the field, its limits and its value if a setting makes no sense.
absl::Status CheckAugmentation(const AugmentationSettings& settings);

// Two views of one part of a picture, crop_side x crop_side.
struct Views {
  Image weak;
  Image strong;
  Crop crop;    // the part, in the picture's pixels
  Box cut_out;  // what is black in the strong view, in its pixels; 0 x 0 for nothing
};

// Draws and makes both views; the same picture, settings and state of `random` give the same bytes. Only the
// crop's part of the picture is resized. A picture that is smaller than the crop after resizing is padded
// with the colour that becomes zero when CLIP's mean is subtracted, on the right (the left if flipped) and
// below. REQUIRES: settings that pass CheckAugmentation; an image of at least 1x1. Thread-safe but for
// `random`. Throws cv::Exception as OpenCV does when memory ends.
Views MakeViews(const Image& image, const AugmentationSettings& settings, Random& random);

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_DATA_AUGMENTATION_H_
