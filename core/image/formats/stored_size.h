#ifndef PIXELCLIP_CORE_IMAGE_FORMATS_STORED_SIZE_H_
#define PIXELCLIP_CORE_IMAGE_FORMATS_STORED_SIZE_H_

#include <cstdint>
#include <limits>

#include "absl/status/statusor.h"
#include "core/image/formats/encoded_error.h"
#include "core/image/image_header.h"

namespace pixelclip {

// A header from what a file stores: swaps the sides where `orientation` lays the picture on its side, and
// refuses an empty picture and sides beyond 31 bits.
inline absl::StatusOr<ImageHeader> UprightHeader(ImageFormat format, uint64_t stored_width,
                                                 uint64_t stored_height, int orientation) {
  constexpr uint64_t kLargest = std::numeric_limits<int32_t>::max();
  if (stored_width < 1 || stored_height < 1 || stored_width > kLargest || stored_height > kLargest) {
    return EncodedError("the ", FormatName(format), " header claims ", stored_width, "x", stored_height,
                        " pixels; each side must be 1 to ", kLargest);
  }
  ImageHeader header;
  header.format = format;
  header.orientation = orientation;
  header.width = static_cast<int>(header.IsTransposed() ? stored_height : stored_width);
  header.height = static_cast<int>(header.IsTransposed() ? stored_width : stored_height);
  return header;
}

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_IMAGE_FORMATS_STORED_SIZE_H_
