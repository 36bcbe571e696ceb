#ifndef PIXELCLIP_TRAINER_RUN_APPEND_FILE_H_
#define PIXELCLIP_TRAINER_RUN_APPEND_FILE_H_

#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace pixelclip {

// A file that grows at its end, for logs. What was appended survives the process. For one thread.
class AppendFile {
 public:
  // Opens the file, or creates it. The system's error with the path, as from Append (RESOURCE_EXHAUSTED: the
  // disk is full).
  static absl::StatusOr<AppendFile> Open(const std::string& path);

  AppendFile(AppendFile&& other) noexcept
      : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)) {}
  AppendFile& operator=(AppendFile&&) = delete;
  ~AppendFile();

  absl::Status Append(std::string_view bytes);

 private:
  AppendFile(std::string path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}

  std::string path_;
  int descriptor_;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_RUN_APPEND_FILE_H_
