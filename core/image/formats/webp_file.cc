#include "core/image/formats/webp_file.h"

#include <cstdint>

#include "core/image/formats/encoded_error.h"
#include "core/image/formats/file_bytes.h"
#include "core/image/formats/stored_size.h"
#include "core/image/formats/tiff_directory.h"

namespace pixelclip {
namespace {

constexpr uint64_t kFirstChunk = 12;  // behind "RIFF", the size and "WEBP"
constexpr uint64_t kChunkHeaderBytes = 8;
constexpr uint32_t kAnimationFlag = 0x02;

// Chunks are padded to an even length.
uint64_t NextChunk(uint64_t position, uint64_t payload_bytes) {
  return position + kChunkHeaderBytes + payload_bytes + payload_bytes % 2;
}

int OrientationOf(std::string_view file) {
  const FileBytes reader(file, ByteOrder::kLittleEndian);
  uint64_t position = kFirstChunk;
  while (reader.Has(position, kChunkHeaderBytes)) {
    const uint64_t payload_bytes = reader.U32(position + 4);
    if (file.substr(position, 4) == "EXIF" && reader.Has(position + kChunkHeaderBytes, payload_bytes)) {
      return ExifOrientation(file.substr(position + kChunkHeaderBytes, payload_bytes));
    }
    position = NextChunk(position, payload_bytes);
  }
  return 1;
}

}  // namespace

absl::StatusOr<ImageHeader> ReadWebpHeader(std::string_view file) {
  const FileBytes reader(file, ByteOrder::kLittleEndian);
  const uint64_t payload = kFirstChunk + kChunkHeaderBytes;
  if (!reader.Has(payload, 10)) return EncodedError("truncated WebP: ", file.size(), " bytes");
  const std::string_view first = file.substr(kFirstChunk, 4);
  if (first == "VP8 ") {
    if (reader.U24(payload + 3) != 0x2A019D) return EncodedError("WebP without a VP8 key frame");
    return UprightHeader(ImageFormat::kWebp, reader.U16(payload + 6) & 0x3FFF,
                         reader.U16(payload + 8) & 0x3FFF, 1);
  }
  if (first == "VP8L") {
    if (reader.U8(payload) != 0x2F) return EncodedError("WebP without a VP8L signature");
    const uint32_t sides = reader.U32(payload + 1);
    return UprightHeader(ImageFormat::kWebp, (sides & 0x3FFF) + 1, (sides >> 14 & 0x3FFF) + 1, 1);
  }
  if (first == "VP8X") {
    if (reader.U8(payload) & kAnimationFlag) {
      return EncodedError("animated WebP is not supported; send a single frame");
    }
    return UprightHeader(ImageFormat::kWebp, reader.U24(payload + 4) + 1, reader.U24(payload + 7) + 1,
                         OrientationOf(file));
  }
  return EncodedError("WebP whose first chunk is none of VP8, VP8L and VP8X");
}

absl::Status CheckWebpComplete(std::string_view file) {
  const FileBytes reader(file, ByteOrder::kLittleEndian);
  const uint64_t announced = uint64_t{reader.U32(4)} + 8;
  if (announced > file.size()) {
    return EncodedError("truncated WebP: ", file.size(), " bytes of ", announced);
  }
  bool has_pixels = false;
  uint64_t position = kFirstChunk;
  while (position + kChunkHeaderBytes <= announced) {
    const uint64_t payload_bytes = reader.U32(position + 4);
    if (payload_bytes > announced - position - kChunkHeaderBytes) {
      return EncodedError("corrupt WebP: the chunk at byte ", position, " claims ", payload_bytes, " bytes");
    }
    const std::string_view type = file.substr(position, 4);
    has_pixels |= type == "VP8 " || type == "VP8L";
    position = NextChunk(position, payload_bytes);
  }
  return has_pixels ? absl::OkStatus() : EncodedError("WebP without picture data");
}

}  // namespace pixelclip
