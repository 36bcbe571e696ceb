#ifndef PIXELCLIP_CORE_PREPROCESS_H_
#define PIXELCLIP_CORE_PREPROCESS_H_

#include <array>

#include "core/features.h"
#include "core/image/image.h"
#include "core/image/resize.h"

namespace pixelclip {

// The published preprocessing: an antialiased resize on 8 bits to a short side of 640 (long side at most
// 2560), then mean and standard deviation (of values in 0..1), then a plain bilinear resize to `size`. Where
// `size` asks for more than 640, so does the first step. Thread-safe.
NetworkInput Preprocess(const Image& image, const std::array<double, 3>& mean,
                        const std::array<double, 3>& std_dev, const Size& size);

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_PREPROCESS_H_
