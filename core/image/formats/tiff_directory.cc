#include "core/image/formats/tiff_directory.h"

namespace pixelclip {
namespace {

constexpr uint16_t kOrientationTag = 274;
constexpr int kEntryBytes = 12;

// Of the unsigned integer types BYTE, SHORT and LONG; 0 for any other.
int ValueBytes(uint32_t type) {
  switch (type) {
    case 1:
      return 1;
    case 3:
      return 2;
    case 4:
      return 4;
    default:
      return 0;
  }
}

}  // namespace

std::optional<TiffDirectory> TiffDirectory::Read(std::string_view bytes) {
  const bool little_endian = StartsWith(bytes, "II");
  if (!little_endian && !StartsWith(bytes, "MM")) return std::nullopt;
  TiffDirectory directory(bytes, little_endian ? ByteOrder::kLittleEndian : ByteOrder::kBigEndian);
  const FileBytes& reader = directory.reader_;
  const uint64_t start = reader.U32(4);
  const uint64_t entry_count = reader.U16(start);
  if (reader.U16(2) != 42 || start < 8 || !reader.Has(start, 2 + entry_count * kEntryBytes)) {
    return std::nullopt;
  }
  for (uint64_t i = 0; i < entry_count; ++i) {
    const uint64_t at = start + 2 + i * kEntryBytes;
    Entry entry;
    entry.place.value_bytes = ValueBytes(reader.U16(at + 2));
    entry.count = reader.U32(at + 4);
    // Up to four bytes of values stand in the entry itself, more stand where it points to.
    const uint64_t bytes_needed = entry.count * entry.place.value_bytes;
    entry.place.offset = bytes_needed <= 4 ? at + 8 : reader.U32(at + 8);
    if (bytes_needed == 0 || !reader.Has(entry.place.offset, bytes_needed)) entry = Entry();
    directory.entries_.emplace(reader.U16(at), entry);  // of duplicates the first counts, as in libtiff
  }
  return directory;
}

uint64_t TiffDirectory::Count(uint16_t tag) const {
  const auto found = entries_.find(tag);
  return found == entries_.end() ? 0 : found->second.count;
}

bool TiffDirectory::IsUnreadable(uint16_t tag) const { return entries_.count(tag) > 0 && Count(tag) == 0; }

uint32_t TiffDirectory::Value(uint16_t tag, uint32_t fallback, uint64_t index) const {
  const auto found = entries_.find(tag);
  if (found == entries_.end() || index >= found->second.count) return fallback;
  const Place place = found->second.place;
  const uint64_t at = place.offset + index * place.value_bytes;
  return place.value_bytes == 1 ? reader_.U8(at) : place.value_bytes == 2 ? reader_.U16(at) : reader_.U32(at);
}

TiffDirectory::Place TiffDirectory::PlaceOf(uint16_t tag) const {
  const auto found = entries_.find(tag);
  return found == entries_.end() ? Place() : found->second.place;
}

int ExifOrientation(std::string_view exif) {
  constexpr std::string_view kPrefix("Exif\0\0", 6);
  if (StartsWith(exif, kPrefix)) exif.remove_prefix(kPrefix.size());
  const auto directory = TiffDirectory::Read(exif);
  if (!directory) return 1;
  const uint32_t orientation = directory->Value(kOrientationTag, 1);
  return orientation >= 1 && orientation <= 8 ? static_cast<int>(orientation) : 1;
}

}  // namespace pixelclip
