#include "server/read_small_file.h"

#include <cerrno>
#include <cstdio>
#include <memory>

#include "absl/strings/str_cat.h"

namespace pixelclip {
namespace {

constexpr size_t kMaxBytes = size_t{1} << 20;

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

}  // namespace

absl::StatusOr<std::string> ReadSmallFile(const std::string& path) {
  const std::unique_ptr<std::FILE, CloseFile> file(std::fopen(path.c_str(), "rbe"));
  if (file == nullptr) return absl::ErrnoToStatus(errno, path);
  std::string content(kMaxBytes + 1, '\0');
  content.resize(std::fread(content.data(), 1, content.size(), file.get()));
  if (std::ferror(file.get()) != 0) return absl::ErrnoToStatus(errno, path);

  const auto bad = [&](const std::string& problem) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": ", problem));
  };
  if (content.empty()) return bad("is empty");
  if (content.size() > kMaxBytes) return bad(absl::StrCat("has more than ", kMaxBytes, " bytes"));
  if (content.find('\0') != std::string::npos) return bad("holds zero bytes: it is no text");
  return content;
}

}  // namespace pixelclip
