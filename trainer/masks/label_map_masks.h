#ifndef PIXELCLIP_TRAINER_MASKS_LABEL_MAP_MASKS_H_
#define PIXELCLIP_TRAINER_MASKS_LABEL_MAP_MASKS_H_

#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "core/image/image.h"
#include "trainer/masks/picture_masks.h"

namespace pixelclip {

// The label of a pixel that is in no mask.
inline constexpr uint16_t kNoMask = 65535;

// Masks that do not overlap: a mask is where `labels` has one value. They come out sorted by area, the
// largest first (the smaller label first where they are equal); those of fewer than `min_pixels` pixels of
// the map are left out. The map may have another size than the picture and is stretched over it, by the
// nearest pixel. INVALID_ARGUMENT for a map that CheckPlacement refuses or more masks than
// kMaxMasksPerPicture. REQUIRES: labels.labels.size() == width * height.
absl::StatusOr<std::unique_ptr<const PictureMasks>> MakeLabelMapMasks(LabelMap labels, int64_t min_pixels,
                                                                      int picture_width, int picture_height);

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_MASKS_LABEL_MAP_MASKS_H_
