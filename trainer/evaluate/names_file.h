#ifndef PIXELCLIP_TRAINER_EVALUATE_NAMES_FILE_H_
#define PIXELCLIP_TRAINER_EVALUATE_NAMES_FILE_H_

#include <cstdint>
#include <map>
#include <string>

#include "absl/status/statusor.h"

namespace pixelclip {

// What label values are called, from a text file with the names of 0, 1, 2 ... one a line (empty lines and
// lines that begin with '#' are skipped), from a JSON list of them, or from a JSON object {"value": "name"}.
// Errors name the file and the entry.
absl::StatusOr<std::map<uint16_t, std::string>> ReadNamesFile(const std::string& path);

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_EVALUATE_NAMES_FILE_H_
