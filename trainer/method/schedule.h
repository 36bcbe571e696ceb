#ifndef PIXELCLIP_TRAINER_METHOD_SCHEDULE_H_
#define PIXELCLIP_TRAINER_METHOD_SCHEDULE_H_

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace pixelclip {

// A cosine from 1 at step 0 to `end` at step `steps`, and `end` from there on.
inline double CosineSchedule(int64_t step, int64_t steps, double end) {
  constexpr double kPi = 3.14159265358979323846;
  const double done = std::min(1.0, static_cast<double>(step) / static_cast<double>(steps));
  return end + (1 - end) * (1 + std::cos(kPi * done)) / 2;
}

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_METHOD_SCHEDULE_H_
