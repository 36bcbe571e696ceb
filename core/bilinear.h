#ifndef PIXELCLIP_CORE_BILINEAR_H_
#define PIXELCLIP_CORE_BILINEAR_H_

#include <algorithm>
#include <cmath>
#include <vector>

namespace pixelclip {

// The arithmetic of PyTorch's interpolate(mode="bilinear", align_corners=False), to the bit as its kernel for
// contiguous arrays has it on CPUs with fused multiply-add: Interpolate along a row first, then between rows.
// Every step is monotonic in the values, as rounding is.

// Where one output sample lies between two input samples.
struct BilinearTap {
  int low = 0;
  int high = 0;
  float weight = 0;  // of `high`, 0 to 1
};

// The taps of resizing `in` samples to `out`: centres of samples at i + 0.5, no antialiasing, clamped at the
// borders.
inline std::vector<BilinearTap> BilinearTaps(int in, int out) {
  std::vector<BilinearTap> taps(out);
  const float scale = static_cast<float>(in) / static_cast<float>(out);
  for (int i = 0; i < out; ++i) {
    const float position = std::max(0.0f, std::fma(scale, static_cast<float>(i) + 0.5f, -0.5f));
    const int low = std::min(static_cast<int>(position), in - 1);
    taps[i] = {low, std::min(low + 1, in - 1), position - static_cast<float>(low)};
  }
  return taps;
}

inline float Interpolate(float low, float high, float weight) {
  return std::fma(low, 1 - weight, high * weight);
}

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_BILINEAR_H_
