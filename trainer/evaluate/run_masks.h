#ifndef PIXELCLIP_TRAINER_EVALUATE_RUN_MASKS_H_
#define PIXELCLIP_TRAINER_EVALUATE_RUN_MASKS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "trainer/masks/label_png.h"
#include "trainer/masks/run_length_masks.h"

namespace pixelclip {

// One mask of a picture: pixels [begin, end) down its columns, in order, apart from each other, not empty.
using RunMask = std::vector<PixelRun>;

// More masks in one picture are refused.
inline constexpr size_t kMaxMasks = 65535;

int64_t AreaOf(const RunMask& mask);

// One mask for each value but `none`, in the order of the values. INVALID_ARGUMENT for more than kMaxMasks.
absl::StatusOr<std::vector<RunMask>> MasksOfValues(const ValueMap& map, uint32_t none);

// One mask for each connected region (corners connect) of one value but `none`, in the order of their first
// pixels down the columns. INVALID_ARGUMENT for more than kMaxMasks.
absl::StatusOr<std::vector<RunMask>> MasksOfRegions(const ValueMap& map, uint32_t none);

// The masks of one picture's JSON text, in COCO's run lengths: {"annotations": [{"segmentation": S}, ...]} as
// SA-1B has them, or the bare list as Segment Anything's own tool writes it, where S is {"size": [height,
// width], "counts": text or list of lengths} of the given size. Masks may overlap; empty ones are left out.
// INVALID_ARGUMENT names the mask.
absl::StatusOr<std::vector<RunMask>> ParseRleMasks(std::string_view json, int width, int height);

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_EVALUATE_RUN_MASKS_H_
