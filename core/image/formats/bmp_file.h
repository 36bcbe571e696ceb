#ifndef PIXELCLIP_CORE_IMAGE_FORMATS_BMP_FILE_H_
#define PIXELCLIP_CORE_IMAGE_FORMATS_BMP_FILE_H_

#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/image/image.h"
#include "core/image/image_header.h"

namespace pixelclip {

// Size from the information header; refuses bit depths and compressions that nothing here decodes.
absl::StatusOr<ImageHeader> ReadBmpHeader(std::string_view file);

// All rows of an uncompressed picture are there. (Run lengths are checked while they are decoded.)
// REQUIRES: ReadBmpHeader(file) succeeded.
absl::Status CheckBmpComplete(std::string_view file);

// Stretches what OpenCV makes of a picture of 16 bits a pixel, samples of 5 or 6 bits with zeros behind them,
// to 0..255, as Pillow does. Any other picture stays. REQUIRES: `image` is `file`, decoded.
void WidenBmpSamples(std::string_view file, Image& image);

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_IMAGE_FORMATS_BMP_FILE_H_
