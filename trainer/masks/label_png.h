#ifndef PIXELCLIP_TRAINER_MASKS_LABEL_PNG_H_
#define PIXELCLIP_TRAINER_MASKS_LABEL_PNG_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "core/image/decode_limits.h"

namespace pixelclip {

// One value a pixel, rows from the top without padding.
struct ValueMap {
  int width = 0;
  int height = 0;
  std::vector<uint32_t> values;
};

// The values of a label or instance PNG as data sets store them:
//   - grey of 1 to 16 bits: the sample itself;
//   - palette (PASCAL VOC, ADE20K's and Cityscapes' coloured ones): the index, whatever its colour;
//   - RGB of 8 bits (COCO panoptic): red + 256 * green + 65536 * blue.
// INVALID_ARGUMENT for alpha, RGB of 16 bits, a broken file or one larger than `limits`. Thread-safe.
absl::StatusOr<ValueMap> DecodeValuePng(std::string_view png, const DecodeLimits& limits = {});

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_MASKS_LABEL_PNG_H_
