#ifndef PIXELCLIP_CORE_IMAGE_FORMATS_PNG_FILE_H_
#define PIXELCLIP_CORE_IMAGE_FORMATS_PNG_FILE_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "core/image/image_header.h"

namespace pixelclip {

// Size from IHDR, orientation from the eXIf chunk wherever it stands.
absl::StatusOr<ImageHeader> ReadPngHeader(std::string_view file);

// The file reduced to the chunks that make its pixels (IHDR, PLTE, IDAT, IEND), so that no colour profile,
// compressed comment or transparency reaches the decoder. Of an animation that leaves the default picture.
// Refuses a file that ends early, a wrong checksum and a second IHDR.
absl::StatusOr<std::string> PixelChunksOfPng(std::string_view file);

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_IMAGE_FORMATS_PNG_FILE_H_
