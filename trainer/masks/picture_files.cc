#include "trainer/masks/picture_files.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/strip.h"
#include "core/checkpoint/problem.h"
#include "core/field_error.h"
#include "core/image/decode.h"
#include "core/image/picture_extension.h"
#include "trainer/masks/input_file.h"

namespace pixelclip {
namespace {

namespace fs = std::filesystem;

// Walks a tree of folders, links included, but never into a folder that it is already in.
class FolderWalk {
 public:
  explicit FolderWalk(std::string folder) : folder_(std::move(folder)) {}

  // Adds the files below folder_ / prefix, where the prefix is empty or ends with "/".
  absl::Status Add(const std::string& prefix, std::vector<std::string>& files) {
    const std::string path = prefix.empty() ? folder_ : folder_ + "/" + prefix;
    struct stat status;
    if (stat(path.c_str(), &status) != 0) return absl::ErrnoToStatus(errno, path);
    const std::pair<dev_t, ino_t> identity(status.st_dev, status.st_ino);
    if (std::find(parents_.begin(), parents_.end(), identity) != parents_.end()) return absl::OkStatus();
    parents_.push_back(identity);

    std::error_code error;
    for (fs::directory_iterator entry(path, error), end; !error && entry != end; entry.increment(error)) {
      const std::string name = entry->path().filename().string();
      if (name.front() == '.') continue;
      std::error_code unknown;  // a link to nothing is neither
      if (entry->is_directory(unknown)) {
        if (absl::Status added = Add(prefix + name + "/", files); !added.ok()) return added;
      } else if (entry->is_regular_file(unknown)) {
        files.push_back(prefix + name);
      }
    }
    parents_.pop_back();
    if (error) return absl::ErrnoToStatus(error.value(), path);
    return absl::OkStatus();
  }

 private:
  const std::string folder_;
  std::vector<std::pair<dev_t, ino_t>> parents_;
};

}  // namespace

std::string_view StemOf(std::string_view path) {
  const size_t dot = path.find_last_of("./");
  return dot == std::string_view::npos || path[dot] == '/' ? path : path.substr(0, dot);
}

absl::StatusOr<std::vector<std::string>> ListFiles(const std::string& folder) {
  std::vector<std::string> files;
  if (absl::Status status = FolderWalk(folder).Add("", files); !status.ok()) return status;
  std::sort(files.begin(), files.end());
  return files;
}

absl::StatusOr<std::vector<std::string>> ListPictures(const std::string& folder) {
  absl::StatusOr<std::vector<std::string>> files = ListFiles(folder);
  if (!files.ok()) return files.status();
  const auto is_other = [](const std::string& name) { return !HasPictureExtension(name); };
  files->erase(std::remove_if(files->begin(), files->end(), is_other), files->end());
  if (files->empty()) return absl::NotFoundError(Concat(folder, ": no pictures in this folder"));
  return files;
}

absl::StatusOr<std::string> ReadFileBytes(const std::string& path, int64_t max_bytes) {
  const absl::StatusOr<InputFile> file = InputFile::Open(path);
  if (!file.ok()) return file.status();
  if (file->size() > max_bytes) {
    return Invalid(path, ": ", file->size(), " bytes; at most ", max_bytes, " are allowed");
  }
  return file->Read(0, file->size());
}

absl::Status FileProblem(std::string_view name, const absl::Status& status) {
  const std::string field = Concat(FieldOf(status), ": ");
  return absl::Status(status.code(), Concat(name, ": ", absl::StripPrefix(status.message(), field)));
}

absl::StatusOr<Image> DecodePicture(std::string_view bytes, std::string_view name) {
  absl::StatusOr<Image> image = DecodeImage(bytes);
  if (!image.ok()) return FileProblem(name, image.status());
  return image;
}

absl::StatusOr<Image> ReadPicture(const std::string& path) {
  const absl::StatusOr<std::string> bytes = ReadFileBytes(path);
  if (!bytes.ok()) return bytes.status();
  return DecodePicture(*bytes, path);
}

}  // namespace pixelclip
