#ifndef PIXELCLIP_CORE_IMAGE_IMAGE_HEADER_H_
#define PIXELCLIP_CORE_IMAGE_IMAGE_HEADER_H_

#include <cstdint>
#include <string_view>

#include "absl/status/statusor.h"

namespace pixelclip {

enum class ImageFormat { kJpeg, kPng, kWebp, kBmp, kTiff };

// "JPEG", "PNG" and so on, as messages name it.
const char* FormatName(ImageFormat format);

// What a picture file says of itself. `width` and `height` are those of the upright picture that DecodeImage
// returns: the stored ones after `orientation` has been applied.
struct ImageHeader {
  ImageFormat format = ImageFormat::kJpeg;
  int width = 0;
  int height = 0;
  int orientation = 1;  // EXIF's, 1 to 8; 1 is stored upright

  // The stored picture lies on its side, that is, its width is `height`.
  bool IsTransposed() const { return orientation >= 5; }
  int64_t Pixels() const { return int64_t{width} * height; }
};

// Reads the header of a JPEG, PNG, WebP, BMP or TIFF file, recognised by its first bytes. Looks at the
// headers of segments and chunks only and decodes nothing; a file cut off behind its header is fine. Errors
// are FieldErrors of "image.encoded": an empty or unknown file, a broken header, an animated WebP, a kind of
// JPEG, BMP or TIFF that nothing here decodes. Thread-safe.
absl::StatusOr<ImageHeader> ReadImageHeader(std::string_view bytes);

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_IMAGE_IMAGE_HEADER_H_
