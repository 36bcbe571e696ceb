#include "trainer/method/adam_w.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/_foreach_mul.h>
#include <ATen/ops/_foreach_norm.h>
#include <ATen/ops/_fused_adamw.h>
#include <ATen/ops/full.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>
#include <map>
#include <utility>

namespace pixelclip {
namespace {

constexpr double kBeta1 = 0.9, kBeta2 = 0.999, kEpsilon = 1e-8;
constexpr double kNormEpsilon = 1e-6;  // of PyTorch's clip_grad_norm_

// Tensors that are updated with one rate and one weight decay.
struct Group {
  std::vector<at::Tensor> values, gradients, first_moments, second_moments, steps;
};

}  // namespace

AdamW::AdamW(std::vector<TrainedParameter> parameters) {
  for (TrainedParameter& parameter : parameters) {
    const at::Tensor zeros = at::zeros_like(parameter.value.detach(), at::MemoryFormat::Contiguous);
    slots_.push_back({std::move(parameter), zeros, zeros.clone()});
  }
}

double AdamW::GradientNorm() const {
  std::vector<at::Tensor> gradients;
  for (const Slot& slot : slots_) {
    if (slot.parameter.value.grad().defined()) gradients.push_back(slot.parameter.value.grad());
  }
  if (gradients.empty()) return 0;
  return at::stack(at::_foreach_norm(gradients)).to(at::kDouble).norm().item<double>();
}

void AdamW::Step(double base_rate, int64_t step, double gradient_norm, double clip_norm) {
  const at::NoGradGuard no_gradients;
  const double scale = std::min(1.0, clip_norm / (gradient_norm + kNormEpsilon));
  std::map<std::pair<double, double>, Group> groups;
  for (const Slot& slot : slots_) {
    const at::Tensor& value = slot.parameter.value;
    if (!value.grad().defined()) continue;
    Group& group = groups[{slot.parameter.rate_factor, slot.parameter.weight_decay}];
    group.values.push_back(value);
    group.gradients.push_back(value.grad());
    group.first_moments.push_back(slot.first_moment);
    group.second_moments.push_back(slot.second_moment);
    group.steps.push_back(at::full({}, static_cast<double>(step + 1), value.options().dtype(at::kFloat)));
  }
  for (auto& [factor_and_decay, group] : groups) {
    at::_foreach_mul_(group.gradients, scale);
    at::_fused_adamw_(group.values, group.gradients, group.first_moments, group.second_moments,
                      /*max_exp_avg_sqs=*/{}, group.steps, base_rate * factor_and_decay.first, kBeta1, kBeta2,
                      factor_and_decay.second, kEpsilon, /*amsgrad=*/false, /*maximize=*/false);
  }
}

void AdamW::ClearGradients() {
  for (Slot& slot : slots_) slot.parameter.value.mutable_grad() = at::Tensor();
}

}  // namespace pixelclip
