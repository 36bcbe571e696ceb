#ifndef PIXELCLIP_TRAINER_DATA_TRAINING_EXAMPLE_H_
#define PIXELCLIP_TRAINER_DATA_TRAINING_EXAMPLE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "trainer/masks/picture_masks.h"

namespace pixelclip {

// What the trainer learns from one picture. Both views and the masks show the same part of it.
struct TrainingExample {
  std::string name;  // the picture's, for messages
  int crop_side = 0;
  std::vector<uint8_t> weak;    // [crop_side, crop_side, 3] RGB, for the teacher
  std::vector<uint8_t> strong;  // the same shape, for the student
  MaskStack masks;              // without what is cut out of the strong view, and without empty masks
};

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_DATA_TRAINING_EXAMPLE_H_
