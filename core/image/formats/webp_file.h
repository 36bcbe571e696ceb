#ifndef PIXELCLIP_CORE_IMAGE_FORMATS_WEBP_FILE_H_
#define PIXELCLIP_CORE_IMAGE_FORMATS_WEBP_FILE_H_

#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/image/image_header.h"

namespace pixelclip {

// Size from the VP8, VP8L or VP8X chunk, whichever is first; orientation from the EXIF chunk. Refuses an
// animation.
absl::StatusOr<ImageHeader> ReadWebpHeader(std::string_view file);

// All bytes that the RIFF header and the chunks announce are there, and one of them holds the pixels.
absl::Status CheckWebpComplete(std::string_view file);

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_IMAGE_FORMATS_WEBP_FILE_H_
