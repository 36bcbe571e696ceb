#ifndef PIXELCLIP_TRAINER_METHOD_STEP_CHECK_H_
#define PIXELCLIP_TRAINER_METHOD_STEP_CHECK_H_

#include <ATen/core/Tensor.h>

#include <string>

#include "absl/status/status.h"
#include "trainer/method/step_input.h"

namespace pixelclip {

// INVALID_ARGUMENT, naming the field and the picture, unless all tensors are as step_input.h says.
absl::Status CheckStepInput(const StepInput& input);

// "[2, 3] of Float", for messages; "nothing" for an undefined tensor.
std::string ShapeAndType(const at::Tensor& tensor);

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_METHOD_STEP_CHECK_H_
