#ifndef PIXELCLIP_CORE_CHECKPOINT_MAPPED_FILE_H_
#define PIXELCLIP_CORE_CHECKPOINT_MAPPED_FILE_H_

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace pixelclip {

// A file mapped read-only into memory, for as long as the object lives. Immutable, so any number of threads
// may read it. Whoever truncates the file meanwhile kills the process (SIGBUS): replace weight files by
// renaming, as WriteSafetensors does.
class MappedFile {
 public:
  // Errors: NOT_FOUND or PERMISSION_DENIED from the system; INVALID_ARGUMENT for an empty file or anything
  // that is not a regular file.
  static absl::StatusOr<std::shared_ptr<const MappedFile>> Open(const std::string& path);

  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  const std::string& path() const { return path_; }
  std::string_view bytes() const { return {static_cast<const char*>(address_), size_}; }

 private:
  MappedFile(std::string path, void* address, size_t size);

  const std::string path_;
  void* const address_;
  const size_t size_;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_CHECKPOINT_MAPPED_FILE_H_
