#ifndef PIXELCLIP_CORE_IMAGE_RAW_IMAGE_H_
#define PIXELCLIP_CORE_IMAGE_RAW_IMAGE_H_

#include <cstdint>
#include <string_view>

#include "absl/status/statusor.h"
#include "core/image/decode_limits.h"
#include "core/image/image.h"

namespace pixelclip {

// The order of a pixel's 8-bit channels in memory.
enum class PixelFormat { kRgb8, kBgr8, kRgba8, kGray8 };

// Pixels as a client sends them, not checked yet. Does not own the data.
struct RawImage {
  int64_t width = 0;
  int64_t height = 0;
  PixelFormat format = PixelFormat::kRgb8;
  int64_t row_stride_bytes = 0;  // from one row to the next; 0: rows follow each other without padding
  std::string_view data;         // rows from the top; bytes behind the last row are ignored
};

// Converts to RGB: grey becomes three equal channels, alpha is dropped. Errors are FieldErrors of
// "image.raw.width", "image.raw.height", "image.raw.row_stride_bytes", "image.raw.format" and
// "image.raw.data". Thread-safe.
absl::StatusOr<Image> ImageFromRaw(const RawImage& raw, const DecodeLimits& limits = {});

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_IMAGE_RAW_IMAGE_H_
