#ifndef PIXELCLIP_CORE_IMAGE_FORMATS_BMP_FILE_H_
#define PIXELCLIP_CORE_IMAGE_FORMATS_BMP_FILE_H_

#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/image/image_header.h"

namespace pixelclip {

// Size from the information header; refuses bit depths and compressions that nothing here decodes.
absl::StatusOr<ImageHeader> ReadBmpHeader(std::string_view file);

// All rows of an uncompressed picture are there. (Run lengths are checked while they are decoded.)
// REQUIRES: ReadBmpHeader(file) succeeded.
absl::Status CheckBmpComplete(std::string_view file);

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_IMAGE_FORMATS_BMP_FILE_H_
