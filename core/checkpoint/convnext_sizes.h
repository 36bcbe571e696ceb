#ifndef PIXELCLIP_CORE_CHECKPOINT_CONVNEXT_SIZES_H_
#define PIXELCLIP_CORE_CHECKPOINT_CONVNEXT_SIZES_H_

#include <array>
#include <cstdint>
#include <string_view>

#include "core/model_config.h"

namespace pixelclip {

// A ConvNeXt of timm's: the name under which a configuration asks for it, and what that name means.
struct ConvNeXtSize {
  std::string_view name;
  std::array<int64_t, ConvNeXtConfig::kStages> depths;
  std::array<int64_t, ConvNeXtConfig::kStages> widths;
  double layer_norm_eps;
};

inline constexpr ConvNeXtSize kConvNeXtSizes[] = {
    {"convnext_tiny", {3, 3, 9, 3}, {96, 192, 384, 768}, 1e-6},
    {"convnext_small", {3, 3, 27, 3}, {96, 192, 384, 768}, 1e-6},
    {"convnext_base", {3, 3, 27, 3}, {128, 256, 512, 1024}, 1e-6},
    {"convnext_large", {3, 3, 27, 3}, {192, 384, 768, 1536}, 1e-6},
    {"convnext_xlarge", {3, 3, 27, 3}, {256, 512, 1024, 2048}, 1e-6},
    {"convnext_xxlarge", {3, 4, 30, 3}, {384, 768, 1536, 3072}, 1e-5},
};

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_CHECKPOINT_CONVNEXT_SIZES_H_
