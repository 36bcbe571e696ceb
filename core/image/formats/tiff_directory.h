#ifndef PIXELCLIP_CORE_IMAGE_FORMATS_TIFF_DIRECTORY_H_
#define PIXELCLIP_CORE_IMAGE_FORMATS_TIFF_DIRECTORY_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string_view>

#include "core/image/formats/file_bytes.h"

namespace pixelclip {

// The first directory of a classic TIFF structure ("II" or "MM"), which is also how EXIF stores its tags.
// Reads unsigned integers only; never reads outside of the bytes, which must outlive it.
class TiffDirectory {
 public:
  // Empty if the bytes do not start with a TIFF header and a directory that lies inside of them.
  static std::optional<TiffDirectory> Read(std::string_view bytes);

  // How many values the tag has: 0 if it is absent or unreadable.
  uint64_t Count(uint16_t tag) const;

  // It is there, but of another type than BYTE, SHORT or LONG, or not wholly inside of the bytes.
  bool IsUnreadable(uint16_t tag) const;

  // The tag's value number `index`; `fallback` if there is none.
  uint32_t Value(uint16_t tag, uint32_t fallback, uint64_t index = 0) const;

  // Where the tag's first value is stored and how many bytes a value takes; offset 0 if there is none.
  struct Place {
    uint64_t offset = 0;
    int value_bytes = 0;
  };
  Place PlaceOf(uint16_t tag) const;

  ByteOrder order() const { return order_; }

 private:
  struct Entry {
    Place place;
    uint64_t count = 0;
  };

  TiffDirectory(std::string_view bytes, ByteOrder order) : reader_(bytes, order), order_(order) {}

  FileBytes reader_;
  ByteOrder order_;
  std::map<uint16_t, Entry> entries_;
};

// The EXIF orientation, 1 to 8, out of an EXIF block with or without its "Exif\0\0" prefix. 1, upright, where
// the block is broken or does not say.
int ExifOrientation(std::string_view exif);

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_IMAGE_FORMATS_TIFF_DIRECTORY_H_
