#include "core/image/formats/tiff_file.h"

#include <algorithm>

#include "core/image/formats/encoded_error.h"
#include "core/image/formats/stored_size.h"
#include "core/image/formats/tiff_directory.h"

namespace pixelclip {
namespace {

// TIFF 6.0, section 8 and its supplements.
enum Tag : uint16_t {
  kImageWidth = 256,
  kImageLength = 257,
  kBitsPerSample = 258,
  kCompression = 259,
  kStripOffsets = 273,
  kOrientation = 274,
  kSamplesPerPixel = 277,
  kRowsPerStrip = 278,
  kStripByteCounts = 279,
  kPlanarConfiguration = 284,
  kTileWidth = 322,
  kTileLength = 323,
  kTileOffsets = 324,
  kTileByteCounts = 325,
  kExtraSamples = 338,
  kSampleFormat = 339,
};

constexpr uint32_t kNoCompression = 1;
constexpr uint32_t kAssociatedAlpha = 1;
constexpr uint32_t kUnassociatedAlpha = 2;
constexpr uint32_t kSeparatePlanes = 2;
constexpr uint32_t kUnsignedSamples = 1;

int64_t CeilDiv(int64_t a, int64_t b) { return (a + b - 1) / b; }

bool IsSupportedCompression(uint32_t compression) {
  constexpr uint32_t kSupported[] = {kNoCompression, 2, 3, 4, 5, 7, 8, 32773, 32946};
  return std::find(std::begin(kSupported), std::end(kSupported), compression) != std::end(kSupported);
}

// Strips are tiles as wide as the picture.
struct Tiling {
  int64_t width = 0;
  int64_t height = 0;
  Tag offsets = kStripOffsets;
  Tag byte_counts = kStripByteCounts;
};

Tiling TilingOf(const TiffDirectory& directory, int64_t image_width, int64_t image_height) {
  if (directory.Count(kTileWidth) > 0) {
    return {directory.Value(kTileWidth, 0), directory.Value(kTileLength, 0), kTileOffsets, kTileByteCounts};
  }
  const int64_t rows = directory.Value(kRowsPerStrip, UINT32_MAX);
  return {image_width, rows == 0 ? image_height : std::min(rows, image_height), kStripOffsets,
          kStripByteCounts};
}

// Every tag that the layout or the size of the pixels depends on must be read here as libtiff will read it.
absl::Status CheckTags(const TiffDirectory& directory) {
  for (Tag tag : {kImageWidth, kImageLength, kBitsPerSample, kCompression, kStripOffsets, kOrientation,
                  kSamplesPerPixel, kRowsPerStrip, kStripByteCounts, kPlanarConfiguration, kTileWidth,
                  kTileLength, kTileOffsets, kTileByteCounts, kExtraSamples, kSampleFormat}) {
    if (directory.IsUnreadable(tag)) {
      return EncodedError("corrupt TIFF: tag ", static_cast<int>(tag),
                          " lies outside of the file or is no unsigned integer");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckSamples(const TiffDirectory& directory) {
  const uint32_t samples = directory.Value(kSamplesPerPixel, 1);
  if (samples < 1 || samples > 4) {
    return EncodedError("TIFF with ", samples, " samples a pixel; 1 to 4 are supported");
  }
  for (uint64_t i = 0; i < std::max<uint64_t>(1, directory.Count(kBitsPerSample)); ++i) {
    const uint32_t bits = directory.Value(kBitsPerSample, 1, i);
    if (bits != 1 && bits != 8 && bits != 16) {
      return EncodedError("TIFF with ", bits, " bits a sample; 1, 8 and 16 are supported");
    }
  }
  if (directory.Value(kSampleFormat, kUnsignedSamples) != kUnsignedSamples) {
    return EncodedError("TIFF with samples that are not unsigned integers");
  }
  const uint32_t compression = directory.Value(kCompression, kNoCompression);
  if (!IsSupportedCompression(compression)) {
    return EncodedError("TIFF compression ", compression, " is not supported");
  }
  return absl::OkStatus();
}

// Every tile lies inside the file; an uncompressed one is long enough.
absl::Status CheckTiles(const TiffDirectory& directory, uint64_t file_bytes, int64_t max_pixels) {
  const int64_t image_width = directory.Value(kImageWidth, 0);
  const int64_t image_height = directory.Value(kImageLength, 0);
  const Tiling tiling = TilingOf(directory, image_width, image_height);
  if (tiling.width < 1 || tiling.height < 1 || tiling.height > max_pixels / tiling.width) {
    return EncodedError("TIFF tiles of ", tiling.width, "x", tiling.height, " pixels; at most ", max_pixels,
                        " are allowed in one");
  }
  const int64_t samples = directory.Value(kSamplesPerPixel, 1);
  const bool separate = directory.Value(kPlanarConfiguration, 1) == kSeparatePlanes;
  const int64_t tiles_down = CeilDiv(image_height, tiling.height);
  const uint64_t tiles = CeilDiv(image_width, tiling.width) * tiles_down * (separate ? samples : 1);
  if (directory.Count(tiling.offsets) < tiles || directory.Count(tiling.byte_counts) < tiles) {
    return EncodedError("truncated TIFF: it lists ", directory.Count(tiling.offsets), " strips or tiles of ",
                        tiles);
  }
  const bool compressed = directory.Value(kCompression, kNoCompression) != kNoCompression;
  const int64_t row_bits = tiling.width * directory.Value(kBitsPerSample, 1) * (separate ? 1 : samples);
  for (uint64_t i = 0; i < tiles; ++i) {
    const uint64_t offset = directory.Value(tiling.offsets, 0, i);
    const uint64_t bytes = directory.Value(tiling.byte_counts, 0, i);
    if (bytes < 1 || offset + bytes > file_bytes) {
      return EncodedError("truncated TIFF: strip or tile ", i, " is ", bytes, " bytes at ", offset,
                          " in a file of ", file_bytes);
    }
    // The last strip holds only the rows that are left; tiles are always whole.
    const bool is_last_strip = tiling.offsets == kStripOffsets && i % tiles_down + 1 == uint64_t(tiles_down);
    const int64_t rows = is_last_strip ? image_height - (tiles_down - 1) * tiling.height : tiling.height;
    if (!compressed && bytes < uint64_t(CeilDiv(row_bits, 8) * rows)) {
      return EncodedError("truncated TIFF: strip or tile ", i, " has ", bytes, " bytes of ",
                          CeilDiv(row_bits, 8) * rows);
    }
  }
  return absl::OkStatus();
}

void Overwrite(const TiffDirectory& directory, Tag tag, uint32_t value, std::string& file) {
  const TiffDirectory::Place place = directory.PlaceOf(tag);
  for (int i = 0; i < place.value_bytes; ++i) {
    const int shift = 8 * (directory.order() == ByteOrder::kLittleEndian ? i : place.value_bytes - 1 - i);
    file[place.offset + i] = static_cast<char>(value >> shift & 0xFF);
  }
}

}  // namespace

absl::StatusOr<ImageHeader> ReadTiffHeader(std::string_view file) {
  const auto directory = TiffDirectory::Read(file);
  if (!directory) {
    return EncodedError("TIFF of ", file.size(),
                        " bytes without a valid first directory (BigTIFF is not supported)");
  }
  return UprightHeader(ImageFormat::kTiff, directory->Value(kImageWidth, 0),
                       directory->Value(kImageLength, 0), ExifOrientation(file));
}

absl::StatusOr<std::string> PlainTiff(std::string_view file, int64_t max_pixels) {
  const auto directory = TiffDirectory::Read(file);
  if (!directory) return EncodedError("TIFF without a valid first directory");
  if (absl::Status status = CheckTags(*directory); !status.ok()) return status;
  if (absl::Status status = CheckSamples(*directory); !status.ok()) return status;
  if (absl::Status status = CheckTiles(*directory, file.size(), max_pixels); !status.ok()) return status;

  std::string plain(file);
  Overwrite(*directory, kOrientation, 1, plain);
  if (directory->Value(kExtraSamples, 0) == kUnassociatedAlpha) {
    Overwrite(*directory, kExtraSamples, kAssociatedAlpha, plain);
  }
  return plain;
}

}  // namespace pixelclip
