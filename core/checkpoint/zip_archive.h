#ifndef PIXELCLIP_CORE_CHECKPOINT_ZIP_ARCHIVE_H_
#define PIXELCLIP_CORE_CHECKPOINT_ZIP_ARCHIVE_H_

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace pixelclip {

// The directory of a ZIP or ZIP64 archive in memory, as PyTorch writes them: members that matter are stored,
// not compressed, so that reading one is taking a view of it. Checksums are not verified: nothing is unpacked
// and every use of a member checks what it finds. Immutable; the buffer must outlive it.
class ZipArchive {
 public:
  // INVALID_ARGUMENT for a directory that is missing, truncated, out of bounds or names a member twice.
  static absl::StatusOr<ZipArchive> Parse(std::string_view bytes);

  struct Member {
    uint64_t header_offset = 0;  // of the local header
    uint64_t size = 0;           // bytes as stored
    uint16_t flags = 0;
    uint16_t method = 0;  // 0: stored
  };
  const std::map<std::string, Member, std::less<>>& members() const { return members_; }
  bool Contains(std::string_view name) const { return members_.find(name) != members_.end(); }

  // NOT_FOUND for a name that is not in the directory; INVALID_ARGUMENT for a member that is compressed,
  // encrypted, out of bounds or called something else in its own header.
  absl::StatusOr<std::string_view> Read(std::string_view name) const;

 private:
  ZipArchive() = default;

  std::string_view bytes_;
  std::map<std::string, Member, std::less<>> members_;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_CHECKPOINT_ZIP_ARCHIVE_H_
