#include "core/checkpoint/zip_archive.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "core/checkpoint/byte_reader.h"
#include "core/checkpoint/problem.h"

namespace pixelclip {
namespace {

constexpr uint32_t kLocalHeader = 0x04034b50;
constexpr uint32_t kDirectoryEntry = 0x02014b50;
constexpr uint32_t kDirectoryEnd = 0x06054b50;
constexpr uint32_t kDirectoryEnd64 = 0x06064b50;
constexpr uint32_t kDirectoryEnd64Locator = 0x07064b50;
constexpr size_t kDirectoryEndSize = 22;
constexpr size_t kLocatorSize = 20;
constexpr size_t kMaxComment = 65535;
constexpr uint16_t kEncrypted = 1;
constexpr uint16_t kZip64Field = 1;
constexpr uint32_t kIn64 = 0xffffffff;  // "the number is in the ZIP64 record"

template <typename... Pieces>
absl::Status Broken(const Pieces&... pieces) {
  return Invalid("broken ZIP archive: ", pieces...);
}

struct Directory {
  uint64_t members = 0;
  uint64_t size = 0;
  uint64_t offset = 0;
};

// The end record stands last, but for a comment of unknown length.
std::optional<size_t> FindDirectoryEnd(std::string_view bytes) {
  if (bytes.size() < kDirectoryEndSize) return std::nullopt;
  const size_t last = bytes.size() - kDirectoryEndSize;
  const size_t first = last - std::min(last, kMaxComment);
  for (size_t at = last + 1; at-- > first;) {
    ByteReader reader(bytes, at);
    if (reader.U32() != kDirectoryEnd) continue;
    reader.Bytes(16);
    if (reader.U16() == reader.remaining()) return at;
  }
  return std::nullopt;
}

absl::StatusOr<Directory> FindDirectory(std::string_view bytes) {
  const std::optional<size_t> end = FindDirectoryEnd(bytes);
  if (!end) return Broken("no end of directory (is the file complete?)");
  ByteReader reader(bytes, *end + 10);
  Directory directory;
  directory.members = reader.U16();
  directory.size = reader.U32();
  directory.offset = reader.U32();

  if (*end >= kLocatorSize) {
    ByteReader locator(bytes, *end - kLocatorSize);
    if (locator.U32() == kDirectoryEnd64Locator) {
      locator.Bytes(4);
      const uint64_t end64 = locator.U64();
      if (end64 > bytes.size()) return Broken("the ZIP64 record lies outside the file");
      ByteReader record(bytes, static_cast<size_t>(end64));
      if (record.U32() != kDirectoryEnd64) return Broken("the ZIP64 record is missing");
      record.Bytes(28);
      directory.members = record.U64();
      directory.size = record.U64();
      directory.offset = record.U64();
      if (record.failed()) return Broken("the ZIP64 record is truncated");
    }
  }
  if (directory.size > bytes.size() || directory.offset > bytes.size() - directory.size) {
    return Broken("the directory lies outside the file");
  }
  return directory;
}

// Replaces the numbers that did not fit 32 bits by those of the ZIP64 extra field.
absl::Status ReadZip64Field(std::string_view extra, uint64_t& plain_size, ZipArchive::Member& member) {
  ByteReader fields(extra);
  while (fields.remaining() >= 4) {
    const uint16_t id = fields.U16();
    const std::string_view field = fields.Bytes(fields.U16());
    if (id != kZip64Field) continue;
    ByteReader reader(field);
    if (plain_size == kIn64) plain_size = reader.U64();
    if (member.size == kIn64) member.size = reader.U64();
    if (member.header_offset == kIn64) member.header_offset = reader.U64();
    return reader.failed() ? Broken("a ZIP64 field is truncated") : absl::OkStatus();
  }
  return Broken("a ZIP64 field is missing");
}

}  // namespace

absl::StatusOr<ZipArchive> ZipArchive::Parse(std::string_view bytes) {
  const absl::StatusOr<Directory> directory = FindDirectory(bytes);
  if (!directory.ok()) return directory.status();

  ZipArchive archive;
  archive.bytes_ = bytes;
  ByteReader reader(bytes.substr(directory->offset, directory->size));
  for (uint64_t i = 0; i < directory->members; ++i) {
    if (reader.U32() != kDirectoryEntry) return Broken("a directory entry is missing");
    Member member;
    reader.Bytes(4);
    member.flags = reader.U16();
    member.method = reader.U16();
    reader.Bytes(8);
    member.size = reader.U32();
    uint64_t plain_size = reader.U32();
    const uint16_t name_size = reader.U16();
    const uint16_t extra_size = reader.U16();
    const uint16_t comment_size = reader.U16();
    reader.Bytes(8);
    member.header_offset = reader.U32();
    const std::string name(reader.Bytes(name_size));
    const std::string_view extra = reader.Bytes(extra_size);
    reader.Bytes(comment_size);
    if (reader.failed()) return Broken("the directory is truncated");
    if (plain_size == kIn64 || member.size == kIn64 || member.header_offset == kIn64) {
      if (absl::Status status = ReadZip64Field(extra, plain_size, member); !status.ok()) return status;
    }
    if (member.method == 0 && member.size != plain_size) {
      return Broken("'", name, "' is stored, but in two sizes");
    }
    if (!archive.members_.emplace(name, member).second) return Broken("two members called '", name, "'");
  }
  return archive;
}

absl::StatusOr<std::string_view> ZipArchive::Read(std::string_view name) const {
  const auto found = members_.find(name);
  if (found == members_.end()) return absl::NotFoundError(Concat("the archive has no member '", name, "'"));
  const Member& member = found->second;
  if (member.flags & kEncrypted) return Broken("'", name, "' is encrypted");
  if (member.method != 0) {
    return Invalid("'", name, "' in the ZIP archive is compressed (method ", member.method,
                   "); PyTorch stores it uncompressed");
  }
  if (member.header_offset > bytes_.size()) return Broken("'", name, "' lies outside the file");
  ByteReader reader(bytes_, static_cast<size_t>(member.header_offset));
  const bool has_header = reader.U32() == kLocalHeader;
  reader.Bytes(22);
  const uint16_t name_size = reader.U16();
  const uint16_t extra_size = reader.U16();
  const std::string_view local_name = reader.Bytes(name_size);
  reader.Bytes(extra_size);
  const std::string_view contents = reader.Bytes(member.size);
  if (reader.failed()) return Broken("'", name, "' lies outside the file");
  if (!has_header || local_name != name) return Broken("'", name, "' is not where the directory says");
  return contents;
}

}  // namespace pixelclip
