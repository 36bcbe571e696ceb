#ifndef PIXELCLIP_CORE_CHECKPOINT_SAFETENSORS_HEADER_H_
#define PIXELCLIP_CORE_CHECKPOINT_SAFETENSORS_HEADER_H_

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace pixelclip {

// What the header says about one tensor, not yet checked against the file.
struct SafetensorsEntry {
  std::string name;
  std::string dtype;
  std::vector<int64_t> shape;  // none negative
  int64_t begin = 0;           // bytes from the end of the header
  int64_t end = 0;
};

struct SafetensorsHeader {
  std::vector<SafetensorsEntry> entries;
  std::map<std::string, std::string> metadata;
};

// Parses the JSON of a safetensors header. Memory is bounded by the text's length: nothing but the structure
// that the format allows is ever kept. INVALID_ARGUMENT for anything else: a key twice, an unknown or missing
// field, metadata that is not a string, a negative or fractional number, more than 100,000 tensors.
absl::StatusOr<SafetensorsHeader> ParseSafetensorsHeader(std::string_view json);

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_CHECKPOINT_SAFETENSORS_HEADER_H_
