#ifndef PIXELCLIP_CORE_CHECKPOINT_BYTE_READER_H_
#define PIXELCLIP_CORE_CHECKPOINT_BYTE_READER_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace pixelclip {

// Little-endian numbers and runs of bytes from a buffer, front to back. Reading past the end sets failed(),
// after which every number is 0 and every run empty: a caller may check once, after a group of reads.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes, size_t position = 0) : bytes_(bytes), position_(position) {
    failed_ = position > bytes.size();
  }

  bool failed() const { return failed_; }
  size_t position() const { return position_; }
  size_t remaining() const { return failed_ ? 0 : bytes_.size() - position_; }

  // REQUIRES: size <= 8.
  uint64_t Number(size_t size) {
    uint64_t value = 0;
    const std::string_view bytes = Bytes(size);
    for (size_t i = 0; i < bytes.size(); ++i) value |= uint64_t{static_cast<uint8_t>(bytes[i])} << (8 * i);
    return value;
  }
  uint8_t U8() { return static_cast<uint8_t>(Number(1)); }
  uint16_t U16() { return static_cast<uint16_t>(Number(2)); }
  uint32_t U32() { return static_cast<uint32_t>(Number(4)); }
  uint64_t U64() { return Number(8); }

  std::string_view Bytes(uint64_t size) {
    if (failed_ || size > bytes_.size() - position_) {
      failed_ = true;
      return {};
    }
    const std::string_view run = bytes_.substr(position_, static_cast<size_t>(size));
    position_ += static_cast<size_t>(size);
    return run;
  }

  // Up to the next line feed, which is consumed but not returned.
  std::string_view Line() {
    const size_t end = failed_ ? std::string_view::npos : bytes_.find('\n', position_);
    if (end == std::string_view::npos) {
      failed_ = true;
      return {};
    }
    const std::string_view line = bytes_.substr(position_, end - position_);
    position_ = end + 1;
    return line;
  }

 private:
  std::string_view bytes_;
  size_t position_;
  bool failed_ = false;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_CHECKPOINT_BYTE_READER_H_
