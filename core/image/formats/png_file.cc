#include "core/image/formats/png_file.h"

#include <zlib.h>

#include <cstdint>
#include <optional>

#include "core/image/formats/encoded_error.h"
#include "core/image/formats/file_bytes.h"
#include "core/image/formats/stored_size.h"
#include "core/image/formats/tiff_directory.h"

namespace pixelclip {
namespace {

constexpr size_t kSignatureBytes = 8;
constexpr size_t kHeaderBytes = 13;
constexpr size_t kChunkOverhead = 12;  // length, type and checksum

struct Chunk {
  std::string_view type;
  std::string_view payload;
  std::string_view whole;
};

// Takes the chunk at `position`; empty if the file ends before it does.
std::optional<Chunk> ChunkAt(std::string_view file, size_t position) {
  const FileBytes reader(file, ByteOrder::kBigEndian);
  const uint64_t length = reader.U32(position);
  if (!reader.Has(position, length + kChunkOverhead)) return std::nullopt;
  Chunk chunk;
  chunk.type = file.substr(position + 4, 4);
  chunk.payload = file.substr(position + 8, length);
  chunk.whole = file.substr(position, length + kChunkOverhead);
  return chunk;
}

bool ChecksumIsRight(const Chunk& chunk) {
  const std::string_view covered = chunk.whole.substr(4, chunk.whole.size() - 8);
  const uLong actual = crc32_z(0, reinterpret_cast<const Bytef*>(covered.data()), covered.size());
  return FileBytes(chunk.whole, ByteOrder::kBigEndian).U32(chunk.whole.size() - 4) == actual;
}

}  // namespace

absl::StatusOr<ImageHeader> ReadPngHeader(std::string_view file) {
  const auto header = ChunkAt(file, kSignatureBytes);
  if (!header || header->type != "IHDR" || header->payload.size() != kHeaderBytes) {
    return EncodedError("PNG of ", file.size(), " bytes without a valid IHDR chunk at its start");
  }
  int orientation = 1;
  size_t position = kSignatureBytes;
  while (const auto chunk = ChunkAt(file, position)) {
    position += chunk->whole.size();
    if (chunk->type == "eXIf") orientation = ExifOrientation(chunk->payload);
  }
  const FileBytes reader(header->payload, ByteOrder::kBigEndian);
  return UprightHeader(ImageFormat::kPng, reader.U32(0), reader.U32(4), orientation);
}

absl::StatusOr<std::string> PixelChunksOfPng(std::string_view file) {
  std::string pixel_file(file.substr(0, kSignatureBytes));
  pixel_file.reserve(file.size());
  size_t position = kSignatureBytes;
  while (const auto chunk = ChunkAt(file, position)) {
    const std::string_view type = chunk->type;
    if (type == "IHDR" || type == "PLTE" || type == "IDAT" || type == "IEND") {
      if (!ChecksumIsRight(*chunk)) {
        return EncodedError("corrupt PNG: wrong checksum of the ", std::string(type), " chunk at byte ",
                            position);
      }
      if (type == "IHDR" && position != kSignatureBytes) return EncodedError("PNG with two IHDR chunks");
      pixel_file.append(chunk->whole);
    }
    if (type == "IEND") return pixel_file;
    position += chunk->whole.size();
  }
  return EncodedError("truncated PNG: no IEND chunk in its ", file.size(), " bytes");
}

}  // namespace pixelclip
