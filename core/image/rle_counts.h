#ifndef PIXELCLIP_CORE_IMAGE_RLE_COUNTS_H_
#define PIXELCLIP_CORE_IMAGE_RLE_COUNTS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace pixelclip {

// Packs a mask's run lengths into the `counts` of an RleMask (rle.h says how). For one thread.
class RleCountsWriter {
 public:
  // REQUIRES: 0 <= length < 2^32.
  void Append(int64_t length);

  std::string Take() && { return std::move(counts_); }

 private:
  std::string counts_;
  int64_t runs_ = 0;
  int64_t previous_[2] = {0, 0};
};

// Unpacks them, from an untrusted string that must outlive the reader. For one thread.
class RleCountsReader {
 public:
  explicit RleCountsReader(std::string_view counts) : counts_(counts) {}

  bool AtEnd() const { return counts_.empty(); }

  // The next run's length, below 2^32; -1 if it is malformed, negative or larger. REQUIRES: not at the end.
  int64_t Next();

 private:
  std::string_view counts_;
  int64_t runs_ = 0;
  int64_t previous_[2] = {0, 0};
};

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_IMAGE_RLE_COUNTS_H_
