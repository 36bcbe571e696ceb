#ifndef PIXELCLIP_TESTS_TRAINER_MASKS_PNG_BYTES_H_
#define PIXELCLIP_TESTS_TRAINER_MASKS_PNG_BYTES_H_

#include <zlib.h>

#include <cstdint>
#include <string>

namespace pixelclip {

inline std::string BigEndian(uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift);
  return bytes;
}

inline std::string PngChunk(const std::string& type, const std::string& data) {
  const std::string signed_part = type + data;
  const auto* bytes = reinterpret_cast<const Bytef*>(signed_part.data());
  return BigEndian(static_cast<uint32_t>(data.size())) + signed_part +
         BigEndian(static_cast<uint32_t>(crc32(0, bytes, static_cast<uInt>(signed_part.size()))));
}

// A PNG of any kind. `rows` are its packed samples without filter bytes.
inline std::string MakePng(int width, int height, int bits, int color_type, const std::string& rows) {
  const size_t row_bytes = rows.size() / height;
  std::string filtered;
  for (int y = 0; y < height; ++y) filtered += '\0' + rows.substr(y * row_bytes, row_bytes);
  std::string packed(compressBound(filtered.size()), '\0');
  uLongf size = packed.size();
  compress(reinterpret_cast<Bytef*>(packed.data()), &size, reinterpret_cast<const Bytef*>(filtered.data()),
           filtered.size());
  packed.resize(size);
  std::string palette;
  for (int i = 0; i < 1 << (bits < 8 ? bits : 8); ++i) {
    for (const int channel : {i, 255 - i, 7}) palette += static_cast<char>(channel);
  }
  std::string kind;
  for (const int byte : {bits, color_type, 0, 0, 0}) kind += static_cast<char>(byte);
  return "\x89PNG\r\n\x1A\n" + PngChunk("IHDR", BigEndian(width) + BigEndian(height) + kind) +
         (color_type == 3 ? PngChunk("PLTE", palette) : "") + PngChunk("IDAT", packed) + PngChunk("IEND", "");
}

}  // namespace pixelclip

#endif  // PIXELCLIP_TESTS_TRAINER_MASKS_PNG_BYTES_H_
