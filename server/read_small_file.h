#ifndef PIXELCLIP_SERVER_READ_SMALL_FILE_H_
#define PIXELCLIP_SERVER_READ_SMALL_FILE_H_

#include <string>

#include "absl/status/statusor.h"

namespace pixelclip {

// All bytes of a certificate's, key's or tokens' file. Errors read "PATH: PROBLEM": the system's own;
// INVALID_ARGUMENT for an empty file, one of more than 1 MiB, and one with zero bytes, which is no text.
absl::StatusOr<std::string> ReadSmallFile(const std::string& path);

}  // namespace pixelclip

#endif  // PIXELCLIP_SERVER_READ_SMALL_FILE_H_
