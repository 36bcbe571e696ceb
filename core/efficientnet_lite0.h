#ifndef PIXELCLIP_CORE_EFFICIENTNET_LITE0_H_
#define PIXELCLIP_CORE_EFFICIENTNET_LITE0_H_

#include <cstddef>
#include <cstdint>

// The dimensions of EfficientNet-Lite0, from its paper (Tan and Le 2019) and TensorFlow's lite variants.
namespace pixelclip::efficientnet_lite0 {

inline constexpr int64_t kStemStride = 2;
inline constexpr int64_t kStemKernel = 3;
inline constexpr int64_t kStemChannels = 32;
inline constexpr int64_t kHeadChannels = 1280;
inline constexpr int64_t kExpansion = 6;  // of the inverted residuals; the first stage has none

// A block repeated; `stride` is the first one's, the others have 1.
struct Stage {
  int repeats;
  int64_t kernel;
  int64_t stride;
  int64_t channels;
};
inline constexpr Stage kStages[] = {{1, 3, 1, 16},  {2, 3, 2, 24},  {2, 5, 2, 40}, {3, 3, 2, 80},
                                    {3, 5, 1, 112}, {4, 5, 2, 192}, {1, 3, 1, 320}};

// The stage whose output models/mini's refiner sees: the last of stride 8.
inline constexpr size_t kDetailStage = 2;

}  // namespace pixelclip::efficientnet_lite0

#endif  // PIXELCLIP_CORE_EFFICIENTNET_LITE0_H_
