#ifndef PIXELCLIP_CORE_IMAGE_FORMATS_JPEG_FILE_H_
#define PIXELCLIP_CORE_IMAGE_FORMATS_JPEG_FILE_H_

#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/image/image_header.h"

namespace pixelclip {

// Size from the start-of-frame marker, orientation from the EXIF segment; reads up to the first scan.
absl::StatusOr<ImageHeader> ReadJpegHeader(std::string_view file);

// Follows the markers and the scans to the end-of-image marker. libjpeg fills what a truncated file lacks
// with grey and only warns, so this has to be asked before. Also refuses a file of far too few bytes for its
// size, a second frame header and more than 100 scans (an ordinary progressive file has about ten), each of
// which would cost a pass over the whole picture.
absl::Status CheckJpegComplete(std::string_view file);

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_IMAGE_FORMATS_JPEG_FILE_H_
