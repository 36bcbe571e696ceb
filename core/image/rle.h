#ifndef PIXELCLIP_CORE_IMAGE_RLE_H_
#define PIXELCLIP_CORE_IMAGE_RLE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/image/decode_limits.h"
#include "core/image/image.h"

namespace pixelclip {

// A binary mask in COCO's run-length encoding. The pixels are taken column by column; runs of zeros and ones
// take turns, zeros first; from the fourth run on, the difference to the run two before is stored. `counts`
// packs each number into characters of five bits, low bits first, the sixth bit says that more follow, and 48
// is added to make them printable. The same bytes as pycocotools.mask.encode.
struct RleMask {
  int height = 0;
  int width = 0;
  std::string counts;
  uint16_t label = 0;  // of its pixels
};

// The masks of labels 0 .. class_count - 1, in one pass over the map; a class without pixels gets an empty
// mask. Pixels with other labels belong to no mask. REQUIRES: class_count >= 0. Thread-safe.
std::vector<RleMask> EncodeRle(const LabelMap& map, int class_count);

// The opposite. INVALID_ARGUMENT for no masks or more than 65535, labels above 65534, masks of different
// sizes or larger than `limits`, counts that are no valid encoding of exactly height x width pixels, and
// pixels that are in several masks or in none. Thread-safe.
absl::StatusOr<LabelMap> DecodeRle(const std::vector<RleMask>& masks, const DecodeLimits& limits = {});

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_IMAGE_RLE_H_
