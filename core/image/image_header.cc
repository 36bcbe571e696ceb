#include "core/image/image_header.h"

#include <algorithm>

#include "core/image/formats/bmp_file.h"
#include "core/image/formats/encoded_error.h"
#include "core/image/formats/file_bytes.h"
#include "core/image/formats/jpeg_file.h"
#include "core/image/formats/png_file.h"
#include "core/image/formats/tiff_file.h"
#include "core/image/formats/webp_file.h"

namespace pixelclip {

const char* FormatName(ImageFormat format) {
  switch (format) {
    case ImageFormat::kJpeg:
      return "JPEG";
    case ImageFormat::kPng:
      return "PNG";
    case ImageFormat::kWebp:
      return "WebP";
    case ImageFormat::kBmp:
      return "BMP";
    case ImageFormat::kTiff:
      return "TIFF";
  }
  return "unknown";
}

absl::StatusOr<ImageHeader> ReadImageHeader(std::string_view bytes) {
  const auto starts = [bytes](std::string_view magic) { return StartsWith(bytes, magic); };
  if (bytes.empty()) return EncodedError("empty; expected a JPEG, PNG, WebP, BMP or TIFF file");
  if (starts("\xFF\xD8\xFF")) return ReadJpegHeader(bytes);
  if (starts("\x89PNG\r\n\x1A\n")) return ReadPngHeader(bytes);
  if (starts("RIFF") && StartsWith(bytes.substr(std::min<size_t>(8, bytes.size())), "WEBP")) {
    return ReadWebpHeader(bytes);
  }
  if (starts("BM")) return ReadBmpHeader(bytes);
  // 42 marks the classic kind, 43 BigTIFF, which ReadTiffHeader refuses by name.
  if (starts({"II\x2A\0", 4}) || starts({"MM\0\x2A", 4}) || starts({"II\x2B\0", 4}) ||
      starts({"MM\0\x2B", 4})) {
    return ReadTiffHeader(bytes);
  }
  return EncodedError("no known picture format in ", bytes.size(),
                      " bytes; expected a JPEG, PNG, WebP, BMP or TIFF file");
}

}  // namespace pixelclip
