#ifndef PIXELCLIP_CORE_IMAGE_FORMATS_TIFF_FILE_H_
#define PIXELCLIP_CORE_IMAGE_FORMATS_TIFF_FILE_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "core/image/image_header.h"

namespace pixelclip {

// Size and orientation of the first page. Refuses BigTIFF.
absl::StatusOr<ImageHeader> ReadTiffHeader(std::string_view file);

// The file as the decoder shall see it: stored orientation (this project turns pictures itself, alike for all
// formats) and alpha kept apart (libtiff would darken the colours by it). Refuses what is not supported:
// other samples than 1, 4 (palette), 8 or 16-bit integers, more than four a pixel, other compressions than
// none, LZW, Deflate, PackBits, JPEG and CCITT; strips or tiles that reach beyond the file, or hold more than
// `max_pixels`.
absl::StatusOr<std::string> PlainTiff(std::string_view file, int64_t max_pixels);

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_IMAGE_FORMATS_TIFF_FILE_H_
