#ifndef PIXELCLIP_TRAINER_MASKS_STORED_MASK_H_
#define PIXELCLIP_TRAINER_MASKS_STORED_MASK_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "trainer/masks/picture_masks.h"

namespace pixelclip {

// A mask as COCO's JSON stores it, not checked yet.
struct StoredMask {
  enum class Kind { kNone, kCounts, kLengths, kPolygons };
  Kind kind = Kind::kNone;
  int64_t width = 0, height = 0;             // of the mask; of polygons, 0
  std::string counts;                        // kCounts: the compressed string
  std::vector<uint32_t> lengths;             // kLengths: runs of zeros and ones, which take turns
  std::vector<std::vector<float>> polygons;  // kPolygons: x0, y0, x1, y1, ... each
};

// The masks of one picture. `width` and `height` say in which pixels polygons count, and must be those of run
// lengths, if they are not 0; else run lengths say it themselves, all the same, and polygons count the
// picture's pixels. INVALID_ARGUMENT names the mask, or says that there are more than kMaxMasksPerPicture or
// more than 2^24 runs.
absl::StatusOr<std::unique_ptr<const PictureMasks>> DecodeMasks(const std::vector<StoredMask>& masks,
                                                                int64_t width, int64_t height,
                                                                int picture_width, int picture_height);

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_MASKS_STORED_MASK_H_
