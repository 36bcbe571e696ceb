#ifndef PIXELCLIP_TRAINER_MASKS_TAR_ARCHIVE_H_
#define PIXELCLIP_TRAINER_MASKS_TAR_ARCHIVE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace pixelclip {

// The regular files of an uncompressed tar archive, found by walking its headers once and read where they
// lie; nothing is unpacked. Understands ustar, GNU's long names and base-256 sizes, and the `path` and `size`
// records of pax.
//
// The archive is opened again for each read, so that a thousand of them need no thousand descriptors.
// Immutable; any number of threads may read at once.
class TarArchive {
 public:
  struct Member {
    std::string name;    // as the archive has it, without a leading "./"
    int64_t offset = 0;  // of its first byte
    int64_t size = 0;    // in bytes, as its header says: the archive may end earlier
  };

  // Larger members are refused.
  static constexpr int64_t kMaxMemberBytes = int64_t{256} << 20;

  // The system's error for a file that cannot be read; INVALID_ARGUMENT for one that is no tar archive. A
  // damaged header further on costs its member alone: the walk goes on at the next intact one.
  static absl::StatusOr<TarArchive> Open(const std::string& path);

  const std::string& path() const { return path_; }

  // In the order of the archive, with one whose end is missing.
  const std::vector<Member>& members() const { return members_; }

  // What was found damaged, each naming the archive, the place and the member before it.
  const std::vector<absl::Status>& damage() const { return damage_; }

  // The contents of members()[index]. INVALID_ARGUMENT, naming archive and member, if it is cut off, too
  // large, or the archive has changed its size since it was opened. REQUIRES: index < members().size().
  absl::StatusOr<std::string> Read(size_t index) const;

 private:
  explicit TarArchive(std::string path) : path_(std::move(path)) {}

  std::string path_;
  int64_t size_ = 0;
  std::vector<Member> members_;
  std::vector<absl::Status> damage_;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_MASKS_TAR_ARCHIVE_H_
