#ifndef PIXELCLIP_TRAINER_METHOD_ADAM_W_H_
#define PIXELCLIP_TRAINER_METHOD_ADAM_W_H_

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

namespace pixelclip {

// A parameter and what the optimiser does differently to it.
struct TrainedParameter {
  std::string name;
  at::Tensor value;        // a leaf that requires gradients
  double rate_factor = 1;  // times the base rate
  double weight_decay = 0;
};

// AdamW (Loshchilov and Hutter 2019) with PyTorch's defaults: betas 0.9 and 0.999, epsilon 1e-8. What it
// reads and resets is each parameter's .grad(); one without any is left alone.
class AdamW {
 public:
  // A parameter with its running moments, all of one shape and on one device.
  struct Slot {
    TrainedParameter parameter;
    at::Tensor first_moment, second_moment;
  };

  AdamW() = default;
  explicit AdamW(std::vector<TrainedParameter> parameters);

  const std::vector<Slot>& slots() const { return slots_; }

  // The norm of all gradients together, as float64.
  double GradientNorm() const;

  // Scales all gradients down to the largest norm `clip_norm`, given their norm, and makes update number
  // `step`, counted from 0.
  void Step(double base_rate, int64_t step, double gradient_norm, double clip_norm);

  void ClearGradients();

 private:
  std::vector<Slot> slots_;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_METHOD_ADAM_W_H_
