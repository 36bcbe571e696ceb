#ifndef PIXELCLIP_CORE_CHECKPOINT_ATOMIC_FILE_H_
#define PIXELCLIP_CORE_CHECKPOINT_ATOMIC_FILE_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace pixelclip {

// A file that appears under its name when it is complete, and not at all otherwise: it is written beside it
// and renamed by Commit(). What was there before stays until then. For one thread.
class AtomicFile {
 public:
  // The system's error, with the path, as of every other function here (RESOURCE_EXHAUSTED: the disk is
  // full).
  static absl::StatusOr<AtomicFile> Create(const std::string& path);

  AtomicFile(AtomicFile&& other) noexcept;
  AtomicFile& operator=(AtomicFile&&) = delete;
  ~AtomicFile();  // without Commit(): removes what was written

  absl::Status Append(const void* data, size_t size);
  absl::Status Commit();

 private:
  AtomicFile(std::string path, std::string temporary, int descriptor);

  std::string path_;
  std::string temporary_;
  int descriptor_;  // -1 once closed
};

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_CHECKPOINT_ATOMIC_FILE_H_
