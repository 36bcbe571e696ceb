#include "trainer/run/make_step_input.h"

#include <ATen/ops/empty.h>

#include <cstring>

namespace pixelclip {
namespace {

void Copy(const std::vector<uint8_t>& from, const at::Tensor& to) {
  if (!from.empty()) std::memcpy(to.mutable_data_ptr(), from.data(), from.size());
}

}  // namespace

StepInput MakeStepInput(const std::vector<TrainingExample>& examples) {
  const int64_t count = static_cast<int64_t>(examples.size());
  const int64_t side = examples.front().crop_side;
  const at::Tensor weak = at::empty({count, side, side, 3}, at::kByte);
  const at::Tensor strong = at::empty({count, side, side, 3}, at::kByte);
  StepInput input;
  for (int64_t i = 0; i < count; ++i) {
    const TrainingExample& example = examples[static_cast<size_t>(i)];
    Copy(example.weak, weak.select(0, i));
    Copy(example.strong, strong.select(0, i));
    const MaskStack& masks = example.masks;
    input.masks.push_back(at::empty({masks.count, masks.side, masks.side}, at::kByte));
    Copy(masks.pixels, input.masks.back());
  }
  input.weak = weak.permute({0, 3, 1, 2}).contiguous();
  input.strong = strong.permute({0, 3, 1, 2}).contiguous();
  return input;
}

}  // namespace pixelclip
