#ifndef PIXELCLIP_CORE_IMAGE_DECODE_H_
#define PIXELCLIP_CORE_IMAGE_DECODE_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "core/image/decode_limits.h"
#include "core/image/image.h"
#include "core/image/image_header.h"

namespace pixelclip {

// Decodes a JPEG, PNG, WebP, BMP or TIFF file to 8-bit RGB, upright by its EXIF orientation, like Pillow's
// ImageOps.exif_transpose(image).convert("RGB"):
//   - grey becomes three equal channels, palettes their colours; alpha is dropped, not blended
//     (but colours that a TIFF stores multiplied by its alpha stay so);
//   - 16-bit samples keep their high byte (TIFF: rounded to 8 bits);
//   - CMYK JPEGs are taken as inverted, which is what Adobe's and everyone's files are;
//   - colour profiles are ignored; of several pages the first counts; an animated WebP is refused.
//
// The size is checked against `limits` from the header, before any pixel is allocated; the decoder then
// writes into exactly that picture. Memory stays proportional to the header's pixels (about 10 bytes each at
// worst, for progressive JPEGs) and the file. A truncated file is refused.
//
// Errors are FieldErrors of "image.encoded" that name the format, the limit and the value. Thread-safe.
absl::StatusOr<Image> DecodeImage(std::string_view bytes, const DecodeLimits& limits = {});

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_IMAGE_DECODE_H_
