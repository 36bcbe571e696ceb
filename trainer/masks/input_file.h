#ifndef PIXELCLIP_TRAINER_MASKS_INPUT_FILE_H_
#define PIXELCLIP_TRAINER_MASKS_INPUT_FILE_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

namespace pixelclip {

// A regular file that is open for reading. Any number of threads may read at once. Errors name the path.
class InputFile {
 public:
  // The system's error; INVALID_ARGUMENT for anything but a regular file.
  static absl::StatusOr<InputFile> Open(const std::string& path);

  InputFile(InputFile&& other) noexcept;
  InputFile& operator=(InputFile&&) = delete;
  ~InputFile();

  // When it was opened, in bytes.
  int64_t size() const { return size_; }

  // INVALID_ARGUMENT if the file ends before. REQUIRES: offset, count >= 0; the caller has bounded count.
  absl::StatusOr<std::string> Read(int64_t offset, int64_t count) const;

 private:
  InputFile(std::string path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}

  std::string path_;
  int descriptor_;  // -1 once moved away
  int64_t size_ = 0;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_MASKS_INPUT_FILE_H_
