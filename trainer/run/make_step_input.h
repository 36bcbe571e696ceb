#ifndef PIXELCLIP_TRAINER_RUN_MAKE_STEP_INPUT_H_
#define PIXELCLIP_TRAINER_RUN_MAKE_STEP_INPUT_H_

#include <vector>

#include "trainer/data/training_example.h"
#include "trainer/method/step_input.h"

namespace pixelclip {

// The examples as tensors of uint8 on the CPU, copied. REQUIRES: at least one; all of one crop_side.
StepInput MakeStepInput(const std::vector<TrainingExample>& examples);

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_RUN_MAKE_STEP_INPUT_H_
