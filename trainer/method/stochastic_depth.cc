#include "trainer/method/stochastic_depth.h"

#include <ATen/ops/empty.h>

#include <algorithm>

#include "trainer/data/random.h"

namespace pixelclip {
namespace {

// Added to the seed: the pictures' views are drawn from the seed itself.
constexpr uint64_t kStudentDraws = 0x5d3f, kTeacherDraws = 0x7e1b;

}  // namespace

at::Tensor DrawBranchFactors(Tower tower, int64_t blocks, double drop_path, uint64_t seed, int64_t step,
                             int64_t first_picture, int64_t count) {
  const at::Tensor factors = at::empty({blocks, count}, at::kFloat);
  auto* values = factors.mutable_data_ptr<float>();
  const uint64_t own_seed =
      MixBits(MixBits(seed) + (tower == Tower::kStudent ? kStudentDraws : kTeacherDraws));
  for (int64_t picture = 0; picture < count; ++picture) {
    Random random(MixBits(own_seed + static_cast<uint64_t>(step)),
                  static_cast<uint64_t>(first_picture + picture));
    for (int64_t block = 0; block < blocks; ++block) {
      const double chance =
          drop_path * static_cast<double>(block) / static_cast<double>(std::max<int64_t>(blocks - 1, 1));
      values[block * count + picture] = random.Chance(chance) ? 0 : static_cast<float>(1 / (1 - chance));
    }
  }
  return factors;
}

}  // namespace pixelclip
