#ifndef PIXELCLIP_CORE_IMAGE_FORMATS_FILE_BYTES_H_
#define PIXELCLIP_CORE_IMAGE_FORMATS_FILE_BYTES_H_

#include <cstdint>
#include <string_view>

namespace pixelclip {

inline bool StartsWith(std::string_view bytes, std::string_view prefix) {
  return bytes.substr(0, prefix.size()) == prefix;
}

enum class ByteOrder { kLittleEndian, kBigEndian };

// Unsigned integers out of a hostile file. A read beyond the end gives 0 instead of undefined behaviour;
// where 0 would be a plausible value, ask Has() first. Does not own the bytes.
class FileBytes {
 public:
  FileBytes(std::string_view bytes, ByteOrder order) : bytes_(bytes), order_(order) {}

  uint64_t size() const { return bytes_.size(); }
  bool Has(uint64_t offset, uint64_t count) const {
    return offset <= bytes_.size() && count <= bytes_.size() - offset;
  }
  uint32_t U8(uint64_t offset) const { return Read(offset, 1); }
  uint32_t U16(uint64_t offset) const { return Read(offset, 2); }
  uint32_t U24(uint64_t offset) const { return Read(offset, 3); }
  uint32_t U32(uint64_t offset) const { return Read(offset, 4); }

 private:
  uint32_t Read(uint64_t offset, int count) const {
    if (!Has(offset, count)) return 0;
    uint32_t value = 0;
    for (int i = 0; i < count; ++i) {
      const uint32_t byte = static_cast<uint8_t>(bytes_[offset + i]);
      value |= byte << 8 * (order_ == ByteOrder::kLittleEndian ? i : count - 1 - i);
    }
    return value;
  }

  std::string_view bytes_;
  ByteOrder order_;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_IMAGE_FORMATS_FILE_BYTES_H_
