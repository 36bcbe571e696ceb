#include "trainer/masks/tar_archive.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "absl/strings/numbers.h"
#include "core/checkpoint/problem.h"
#include "trainer/masks/input_file.h"

namespace pixelclip {
namespace {

constexpr int64_t kBlock = 512;
constexpr int64_t kMaxExtensionBytes = 1 << 20;  // of a long name or of pax records
constexpr int64_t kSearchBytes = 1 << 20;        // that a search for the next header reads at once

// Fields of a header block: offset and length.
constexpr size_t kName = 0, kNameLength = 100;
constexpr size_t kSize = 124, kSizeLength = 12;
constexpr size_t kChecksum = 148, kChecksumLength = 8;
constexpr size_t kType = 156;
constexpr size_t kMagic = 257;
constexpr size_t kPrefix = 345, kPrefixLength = 155;

struct Header {
  std::string name;
  int64_t size = 0;
  char type = 0;
};

// Up to the first zero byte.
std::string_view Text(std::string_view field) { return field.substr(0, field.find('\0')); }

// Octal digits, or GNU's base 256 for what does not fit them.
std::optional<int64_t> ParseNumber(std::string_view field) {
  uint64_t value = 0;
  if (field.front() & 0x80) {
    for (size_t i = 0; i < field.size(); ++i) {
      const uint8_t byte = static_cast<uint8_t>(field[i]) & (i == 0 ? 0x7F : 0xFF);
      if (value > static_cast<uint64_t>(INT64_MAX) >> 8) return std::nullopt;
      value = value << 8 | byte;
    }
    return static_cast<int64_t>(value);
  }
  const size_t begin = field.find_first_not_of(' ');
  if (begin == std::string_view::npos) return 0;
  for (const char digit : field.substr(begin)) {
    if (digit == ' ' || digit == '\0') break;
    if (digit < '0' || digit > '7') return std::nullopt;
    value = value << 3 | static_cast<uint64_t>(digit - '0');  // 12 digits are 36 bits
  }
  return static_cast<int64_t>(value);
}

// Some programs add up signed bytes.
bool ChecksumMatches(std::string_view block) {
  const std::optional<int64_t> expected = ParseNumber(block.substr(kChecksum, kChecksumLength));
  int64_t unsigned_sum = 0, signed_sum = 0;
  for (size_t i = 0; i < block.size(); ++i) {
    const bool is_checksum = i >= kChecksum && i < kChecksum + kChecksumLength;
    const char byte = is_checksum ? ' ' : block[i];
    unsigned_sum += static_cast<uint8_t>(byte);
    signed_sum += static_cast<int8_t>(byte);
  }
  return expected && (*expected == unsigned_sum || *expected == signed_sum);
}

std::optional<Header> ParseHeader(std::string_view block) {
  if (!ChecksumMatches(block)) return std::nullopt;
  const std::optional<int64_t> size = ParseNumber(block.substr(kSize, kSizeLength));
  if (!size) return std::nullopt;
  Header header{std::string(Text(block.substr(kName, kNameLength))), *size, block[kType]};
  // GNU's own headers ("ustar  ") keep other things where POSIX has a prefix.
  const std::string_view prefix = Text(block.substr(kPrefix, kPrefixLength));
  if (block.substr(kMagic, 6) == std::string_view("ustar\0", 6) && !prefix.empty()) {
    header.name = Concat(prefix, "/", header.name);
  }
  return header;
}

bool IsZero(std::string_view block) { return block.find_first_not_of('\0') == std::string_view::npos; }

int64_t RoundUp(int64_t size) { return (size + kBlock - 1) / kBlock * kBlock; }

// What extension headers say of the member behind them.
struct Extension {
  std::optional<std::string> name;
  std::optional<int64_t> size;
  bool is_sparse = false;
};

// Records "LENGTH KEY=VALUE\n", where the length counts all of it. False if they are malformed.
bool ReadPaxRecords(std::string_view records, Extension& extension) {
  while (!records.empty() && records.front() != '\0') {
    const size_t space = records.find(' ');
    int64_t length = 0;
    if (space == std::string_view::npos || !absl::SimpleAtoi(AsPiece(records.substr(0, space)), &length) ||
        length < static_cast<int64_t>(space) + 2 || length > static_cast<int64_t>(records.size()) ||
        records[length - 1] != '\n') {
      return false;
    }
    const std::string_view record = records.substr(space + 1, length - space - 2);
    const std::string_view key = record.substr(0, record.find('='));
    if (key.size() == record.size()) return false;
    const std::string_view value = record.substr(key.size() + 1);
    if (key == "path") extension.name = std::string(value);
    if (key.substr(0, 11) == "GNU.sparse.") extension.is_sparse = true;
    if (key == "size") {
      int64_t size = -1;
      if (!absl::SimpleAtoi(AsPiece(value), &size) || size < 0) return false;
      extension.size = size;
    }
    records.remove_prefix(length);
  }
  return true;
}

std::string WithoutDot(std::string name) {
  while (name.compare(0, 2, "./") == 0) name.erase(0, 2);
  return name;
}

// One walk over an archive's headers.
class Walk {
 public:
  Walk(const std::string& path, const InputFile& file, std::vector<TarArchive::Member>& members,
       std::vector<absl::Status>& damage)
      : path_(path), file_(file), members_(members), damage_(damage) {}

  absl::Status Run() {
    while (at_ < file_.size()) {
      if (file_.size() - at_ < kBlock) {
        Damaged("the archive ends inside of a header");
        return absl::OkStatus();
      }
      const absl::StatusOr<std::string> block = file_.Read(at_, kBlock);
      if (!block.ok()) return block.status();
      if (IsZero(*block)) {
        // Two of them end an archive; one alone is passed over, as tar does.
        if (std::exchange(after_zeros_, true)) return absl::OkStatus();
        at_ += kBlock;
        continue;
      }
      after_zeros_ = false;
      const std::optional<Header> header = ParseHeader(*block);
      const bool is_first = at_ == 0;
      if (!header && is_first) {
        return Invalid(path_,
                       ": not a tar archive (a compressed one has to be unpacked to a plain tar first)");
      }
      const absl::Status status = header ? Take(*header) : SkipToNextHeader();
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
  }

 private:
  // Handles the header at at_ and moves behind its contents.
  absl::Status Take(const Header& header) {
    const bool is_extension =
        header.type == 'L' || header.type == 'K' || header.type == 'x' || header.type == 'g';
    const int64_t begin = at_ + kBlock;
    // A hard link's size is that of its target.
    int64_t size = header.type == '1' ? 0 : header.size;
    if (!is_extension && extension_.size) size = *extension_.size;
    const bool is_cut_off = size > file_.size() - begin;

    if (is_extension) {
      if (absl::Status status = TakeExtension(header, begin, is_cut_off); !status.ok()) return status;
    } else {
      const Extension extension = std::exchange(extension_, {});
      std::string name = WithoutDot(extension.name.value_or(header.name));
      const bool is_regular = header.type == '0' || header.type == '\0' || header.type == '7';
      // Old archives mark a folder by the end of its name only.
      const bool is_folder = !name.empty() && name.back() == '/';
      if (header.type == 'S' || extension.is_sparse) {
        Damaged("'", name, "' is a sparse file, which is not supported");
      } else if (is_regular && !is_folder) {
        members_.push_back({std::move(name), begin, size});
      }
    }
    at_ = is_cut_off ? file_.size() : std::min(file_.size(), begin + RoundUp(size));
    return absl::OkStatus();
  }

  absl::Status TakeExtension(const Header& header, int64_t begin, bool is_cut_off) {
    if (is_cut_off || header.size > kMaxExtensionBytes) {
      Damaged("an extension header of ", header.size, " bytes; the archive has ", file_.size() - begin,
              " more, and at most ", kMaxExtensionBytes, " are allowed");
      return absl::OkStatus();
    }
    const absl::StatusOr<std::string> contents = file_.Read(begin, header.size);
    if (!contents.ok()) return contents.status();
    if (header.type == 'L') extension_.name = std::string(Text(*contents));
    if (header.type == 'x' && !ReadPaxRecords(*contents, extension_)) Damaged("malformed pax records");
    return absl::OkStatus();
  }

  // The header at at_ is damaged, and so it is unknown where its contents end.
  absl::Status SkipToNextHeader() {
    extension_ = {};
    const int64_t begin = at_;
    int64_t next = file_.size();
    for (int64_t from = at_ + kBlock; from + kBlock <= file_.size() && next == file_.size();
         from += kSearchBytes) {
      const int64_t count = std::min(kSearchBytes, (file_.size() - from) / kBlock * kBlock);
      const absl::StatusOr<std::string> blocks = file_.Read(from, count);
      if (!blocks.ok()) return blocks.status();
      for (int64_t i = 0; i < count; i += kBlock) {
        const std::string_view block = std::string_view(*blocks).substr(i, kBlock);
        if (block.substr(kMagic, 5) == "ustar" && ParseHeader(block)) {
          next = from + i;
          break;
        }
      }
    }
    Damaged("a damaged header; ", next - begin, " bytes are lost");
    at_ = next;
    return absl::OkStatus();
  }

  template <typename... Pieces>
  void Damaged(const Pieces&... what) {
    const std::string behind = members_.empty() ? "" : Concat(", behind '", members_.back().name, "'");
    damage_.push_back(Invalid(path_, ": byte ", at_, behind, ": ", what...));
  }

  const std::string& path_;
  const InputFile& file_;
  std::vector<TarArchive::Member>& members_;
  std::vector<absl::Status>& damage_;
  int64_t at_ = 0;
  bool after_zeros_ = false;
  Extension extension_;
};

}  // namespace

absl::StatusOr<TarArchive> TarArchive::Open(const std::string& path) {
  const absl::StatusOr<InputFile> file = InputFile::Open(path);
  if (!file.ok()) return file.status();
  TarArchive archive(path);
  archive.size_ = file->size();
  Walk walk(path, *file, archive.members_, archive.damage_);
  if (absl::Status status = walk.Run(); !status.ok()) return status;
  return archive;
}

absl::StatusOr<std::string> TarArchive::Read(size_t index) const {
  const Member& member = members_[index];
  const auto problem = [&](const auto&... what) {
    return Invalid(path_, ": member '", member.name, "' ", what...);
  };
  if (member.size > kMaxMemberBytes) {
    return problem("has ", member.size, " bytes; at most ", kMaxMemberBytes, " are allowed");
  }
  if (member.size > size_ - member.offset) {
    return problem("is cut off: it should have ", member.size, " bytes, the archive has ",
                   size_ - member.offset, " of them");
  }
  const absl::StatusOr<InputFile> file = InputFile::Open(path_);
  if (!file.ok()) return file.status();
  if (file->size() != size_) {
    return problem("cannot be read: the archive had ", size_, " bytes when it was opened and now has ",
                   file->size());
  }
  return file->Read(member.offset, member.size);
}

}  // namespace pixelclip
