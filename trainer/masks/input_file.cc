#include "trainer/masks/input_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "absl/status/status.h"
#include "core/checkpoint/problem.h"

namespace pixelclip {

absl::StatusOr<InputFile> InputFile::Open(const std::string& path) {
  // Without O_NONBLOCK, opening a named pipe would wait for a writer.
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) return absl::ErrnoToStatus(errno, path);
  InputFile file(path, descriptor);
  struct stat status;
  if (fstat(descriptor, &status) != 0) return absl::ErrnoToStatus(errno, path);
  if (!S_ISREG(status.st_mode)) return Invalid(path, ": not a regular file");
  file.size_ = status.st_size;
  return file;
}

InputFile::InputFile(InputFile&& other) noexcept
    : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)), size_(other.size_) {}

InputFile::~InputFile() {
  if (descriptor_ >= 0) close(descriptor_);
}

absl::StatusOr<std::string> InputFile::Read(int64_t offset, int64_t count) const {
  std::string bytes(static_cast<size_t>(count), '\0');
  for (size_t done = 0; done < bytes.size();) {
    const off_t at = offset + static_cast<int64_t>(done);
    const ssize_t read = pread(descriptor_, bytes.data() + done, bytes.size() - done, at);
    if (read < 0 && errno == EINTR) continue;
    if (read < 0) return absl::ErrnoToStatus(errno, path_);
    if (read == 0) return Invalid(path_, ": ends at byte ", at);
    done += static_cast<size_t>(read);
  }
  return bytes;
}

}  // namespace pixelclip
