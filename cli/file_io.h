#ifndef PIXELCLIP_CLI_FILE_IO_H_
#define PIXELCLIP_CLI_FILE_IO_H_

#include <cstdint>
#include <istream>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace pixelclip {

// Larger than any picture file that the engine or a server would take.
constexpr int64_t kMaxInputBytes = int64_t{512} << 20;

// All bytes of a file, or of standard input for "-". Errors name the file: NOT_FOUND, PERMISSION_DENIED or
// whatever the system says; INVALID_ARGUMENT for a directory, an empty file or more than kMaxInputBytes.
absl::StatusOr<std::string> ReadInput(const std::string& path);

// Replaces the file as a whole: whoever reads it meanwhile, or after a failure, sees all of the old content
// or all of the new. A symbolic link stays one; a device or a pipe is written to. Errors name the file.
absl::Status WriteFileAtomically(const std::string& path, std::string_view content);

}  // namespace pixelclip

#endif  // PIXELCLIP_CLI_FILE_IO_H_
