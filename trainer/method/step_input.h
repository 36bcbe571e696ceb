#ifndef PIXELCLIP_TRAINER_METHOD_STEP_INPUT_H_
#define PIXELCLIP_TRAINER_METHOD_STEP_INPUT_H_

#include <ATen/core/Tensor.h>

#include <vector>

namespace pixelclip {

// What one rank learns from in one step: B pictures in two views of one geometry, and their masks. Tensors
// may be on any device; the learner moves them to its own.
struct StepInput {
  at::Tensor weak;    // [B, 3, H, W] RGB 0..255, uint8 or float32: what the teacher sees
  at::Tensor strong;  // of the same shape: what the student sees

  // One for each picture: [M_b, h, w] bool, or uint8 of 0 and 1. M_b may be 0. A grid other than the method's
  // own (MethodSettings::mask_resolution) is resized to it, nearest; masks of one pixel or none there are
  // dropped.
  std::vector<at::Tensor> masks;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_METHOD_STEP_INPUT_H_
