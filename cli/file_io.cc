#include "cli/file_io.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"

namespace pixelclip {
namespace {

absl::Status SystemError(const std::string& path) { return absl::ErrnoToStatus(errno, path); }

absl::StatusOr<std::string> ReadAll(int descriptor, const std::string& path) {
  std::string content;
  std::string block(size_t{1} << 20, '\0');
  for (;;) {
    const ssize_t count = read(descriptor, block.data(), block.size());
    if (count == 0) break;
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return SystemError(path);
    content.append(block, 0, count);
    if (static_cast<int64_t>(content.size()) > kMaxInputBytes) {
      return absl::InvalidArgumentError(
          absl::StrCat(path, ": larger than the limit of ", kMaxInputBytes >> 20, " MiB"));
    }
  }
  if (content.empty()) return absl::InvalidArgumentError(absl::StrCat(path, ": empty"));
  return content;
}

absl::Status WriteAll(int descriptor, std::string_view content, const std::string& path) {
  while (!content.empty()) {
    const ssize_t count = write(descriptor, content.data(), content.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return SystemError(path);
    content.remove_prefix(count);
  }
  return absl::OkStatus();
}

// For a device or a pipe, which a rename would replace: /dev/null, say.
absl::Status WriteInPlace(const std::string& path, std::string_view content) {
  const int descriptor = open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (descriptor < 0) return SystemError(path);
  absl::Status status = WriteAll(descriptor, content, path);
  if (close(descriptor) != 0 && status.ok()) status = SystemError(path);
  return status;
}

// The permissions that a newly created file gets; mkstemp's are the owner's alone.
mode_t NewFileMode() {
  const mode_t mask = umask(0);
  umask(mask);
  return 0666 & ~mask;
}

}  // namespace

absl::StatusOr<std::string> ReadInput(const std::string& path) {
  if (path == "-") return ReadAll(STDIN_FILENO, "standard input");
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return SystemError(path);
  const absl::Cleanup close_file = [descriptor] { close(descriptor); };
  return ReadAll(descriptor, path);
}

absl::Status WriteFileAtomically(const std::string& path, std::string_view content) {
  struct stat existing {};
  const bool exists = stat(path.c_str(), &existing) == 0;
  if (exists && !S_ISREG(existing.st_mode)) return WriteInPlace(path, content);

  static const mode_t mode = NewFileMode();
  std::error_code unresolved;
  const std::string target = exists ? std::filesystem::canonical(path, unresolved).string() : path;
  std::string temporary = absl::StrCat(target, ".XXXXXX");
  const int descriptor = mkostemp(temporary.data(), O_CLOEXEC);
  if (descriptor < 0) return SystemError(path);
  absl::Cleanup remove_file = [&temporary] { unlink(temporary.c_str()); };

  absl::Status status = WriteAll(descriptor, content, path);
  if (status.ok() && fchmod(descriptor, mode) != 0) status = SystemError(path);
  if (close(descriptor) != 0 && status.ok()) status = SystemError(path);
  if (!status.ok()) return status;
  if (rename(temporary.c_str(), target.c_str()) != 0) return SystemError(path);
  std::move(remove_file).Cancel();
  return absl::OkStatus();
}

}  // namespace pixelclip
