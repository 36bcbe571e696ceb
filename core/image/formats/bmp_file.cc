#include "core/image/formats/bmp_file.h"

#include <cstdint>
#include <cstdlib>

#include "core/image/formats/encoded_error.h"
#include "core/image/formats/file_bytes.h"
#include "core/image/formats/stored_size.h"

namespace pixelclip {
namespace {

enum Compression : uint32_t { kUncompressed = 0, kRunLength8 = 1, kRunLength4 = 2, kBitFields = 3 };

constexpr uint32_t kOs2HeaderBytes = 12;
constexpr uint32_t kWindowsHeaderBytes = 40;  // later ones are longer

struct BmpInfo {
  uint32_t header_bytes = 0;
  uint64_t data_offset = 0;
  int64_t width = 0;
  int64_t height = 0;  // negative where the first row is the top one
  uint32_t bits_per_pixel = 0;
  uint32_t compression = 0;
  uint32_t masks[3] = {};  // of red, green and blue, where there are bit fields
};

// OS/2's header has 16-bit sides; every later one starts like the Windows header.
BmpInfo ReadInfo(std::string_view file) {
  const FileBytes reader(file, ByteOrder::kLittleEndian);
  BmpInfo info;
  info.data_offset = reader.U32(10);
  info.header_bytes = reader.U32(14);
  if (info.header_bytes == kOs2HeaderBytes) {
    info.width = reader.U16(18);
    info.height = reader.U16(20);
    info.bits_per_pixel = reader.U16(24);
  } else {
    info.width = static_cast<int32_t>(reader.U32(18));
    info.height = static_cast<int32_t>(reader.U32(22));
    info.bits_per_pixel = reader.U16(28);
    info.compression = reader.U32(30);
    for (int i = 0; i < 3; ++i) info.masks[i] = reader.U32(54 + 4 * i);
  }
  return info;
}

bool HasMasks(const BmpInfo& info, uint32_t red, uint32_t green, uint32_t blue) {
  return info.masks[0] == red && info.masks[1] == green && info.masks[2] == blue;
}

bool IsSupported(const BmpInfo& info) {
  const uint32_t bits = info.bits_per_pixel;
  switch (info.compression) {
    case kUncompressed:
      return bits == 1 || bits == 4 || bits == 8 || bits == 16 || bits == 24 || bits == 32;
    case kRunLength8:
      return bits == 8;
    case kRunLength4:
      return bits == 4;
    case kBitFields:
      // What OpenCV takes. It does not look at the masks of 32 bits.
      return (bits == 16 && info.header_bytes == kWindowsHeaderBytes &&
              (HasMasks(info, 0x7C00, 0x3E0, 0x1F) || HasMasks(info, 0xF800, 0x7E0, 0x1F))) ||
             (bits == 32 && HasMasks(info, 0xFF0000, 0xFF00, 0xFF));
    default:
      return false;
  }
}

}  // namespace

absl::StatusOr<ImageHeader> ReadBmpHeader(std::string_view file) {
  const FileBytes reader(file, ByteOrder::kLittleEndian);
  const uint64_t header_bytes = reader.U32(14);
  const bool known =
      header_bytes == kOs2HeaderBytes || (header_bytes >= kWindowsHeaderBytes && header_bytes <= 124);
  if (!known || !reader.Has(14, header_bytes)) {
    return EncodedError("BMP of ", file.size(), " bytes without a valid information header");
  }
  const BmpInfo info = ReadInfo(file);
  if (!IsSupported(info)) {
    return EncodedError("BMP with ", info.bits_per_pixel, " bits a pixel and compression ", info.compression,
                        info.compression == kBitFields ? ", with such bit fields or such a header," : "",
                        " is not supported");
  }
  if (info.width < 0) return EncodedError("the BMP header claims a width of ", info.width, " pixels");
  return UprightHeader(ImageFormat::kBmp, info.width, std::abs(info.height), 1);
}

absl::Status CheckBmpComplete(std::string_view file) {
  const BmpInfo info = ReadInfo(file);
  if (info.compression == kRunLength8 || info.compression == kRunLength4) return absl::OkStatus();
  const uint64_t row_bytes = (uint64_t{info.bits_per_pixel} * info.width + 31) / 32 * 4;
  const uint64_t needed = info.data_offset + row_bytes * std::abs(info.height);
  if (file.size() >= needed) return absl::OkStatus();
  return EncodedError("truncated BMP: ", file.size(), " bytes of ", needed);
}

void WidenBmpSamples(std::string_view file, Image& image) {
  const BmpInfo info = ReadInfo(file);
  if (info.bits_per_pixel != 16) return;
  const bool green_has_6_bits = info.compression == kBitFields && info.masks[1] == 0x7E0;
  for (size_t i = 0; i < image.pixels.size(); ++i) {
    const int unused = i % 3 == 1 && green_has_6_bits ? 2 : 3;
    image.pixels[i] = static_cast<uint8_t>((image.pixels[i] >> unused) * 255 / (255 >> unused));
  }
}

}  // namespace pixelclip
