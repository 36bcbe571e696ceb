#ifndef PIXELCLIP_CORE_BILINEAR_H_
#define PIXELCLIP_CORE_BILINEAR_H_

#include <algorithm>
#include <vector>

namespace pixelclip {

// Where one output sample of a bilinear resize lies between two input samples: (1 - weight) * in[low] +
// weight * in[high].
struct BilinearTap {
  int low = 0;
  int high = 0;
  float weight = 0;
};

// The taps of resizing `in` samples to `out` as PyTorch's interpolate(mode="bilinear", align_corners=False)
// has them: centres of samples at i + 0.5, no antialiasing, clamped at the borders.
inline std::vector<BilinearTap> BilinearTaps(int in, int out) {
  std::vector<BilinearTap> taps(out);
  const float scale = static_cast<float>(in) / static_cast<float>(out);
  for (int i = 0; i < out; ++i) {
    const float position = std::max(0.0f, scale * (static_cast<float>(i) + 0.5f) - 0.5f);
    const int low = std::min(static_cast<int>(position), in - 1);
    taps[i] = {low, std::min(low + 1, in - 1), position - static_cast<float>(low)};
  }
  return taps;
}

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_BILINEAR_H_
