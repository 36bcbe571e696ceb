#include "trainer/evaluate/file_pairs.h"

#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/file_io.h"
#include "core/text/words_file.h"
#include "trainer/evaluate/file_error.h"
#include "trainer/masks/picture_files.h"

namespace pixelclip {
namespace {

namespace fs = std::filesystem;

bool HasSuffix(std::string_view text, std::string_view suffix) {
  return text.size() >= suffix.size() && text.substr(text.size() - suffix.size()) == suffix;
}

}  // namespace

bool IsFolder(const std::string& path) {
  std::error_code error;
  return fs::is_directory(path, error);
}

absl::StatusOr<std::string> FindFolder(const std::string& root, const std::vector<std::string>& candidates) {
  for (const std::string& candidate : candidates) {
    const std::string path = (fs::path(root) / candidate).string();
    if (IsFolder(path)) return path;
  }
  return absl::NotFoundError(
      absl::StrCat(root, ": has no folder ", absl::StrJoin(candidates, " and no folder ")));
}

absl::StatusOr<FilesByName> FindFiles(const std::string& folder, std::string_view suffix) {
  const auto paths = ListFiles(folder);
  if (!paths.ok()) return paths.status();
  FilesByName files;
  for (const std::string& path : *paths) {
    if (!HasSuffix(path, suffix)) continue;
    files.emplace(path.substr(0, path.size() - suffix.size()), (fs::path(folder) / path).string());
  }
  if (files.empty()) return absl::NotFoundError(absl::StrCat(folder, ": has no file *", std::string(suffix)));
  return files;
}

absl::StatusOr<FilesByName> FindPictures(const std::string& folder) {
  const auto paths = ListPictures(folder);
  if (!paths.ok()) return paths.status();
  FilesByName pictures;
  for (const std::string& path : *paths) {
    const std::string whole = (fs::path(folder) / path).string();
    const auto [other, is_new] = pictures.emplace(StemOf(path), whole);
    if (!is_new) return FileError(whole, absl::StrCat("has the name of ", other->second));
  }
  return pictures;
}

absl::StatusOr<FilesByName> KeepListed(const FilesByName& files, const std::string& list_path) {
  const absl::StatusOr<std::string> list = ReadInput(list_path);
  if (!list.ok()) return list.status();
  FilesByName kept;
  for (const std::string& line : ParseWordsFile(*list)) {
    const std::string name = line.substr(0, line.find(' '));
    const auto file = files.find(name);
    if (file == files.end()) return FileError(list_path, absl::StrCat("there is no label file of ", name));
    kept.insert(*file);
  }
  if (kept.empty()) return FileError(list_path, "names no picture");
  return kept;
}

absl::StatusOr<std::vector<LabelledPicture>> PairFiles(const FilesByName& labels, const FilesByName& pictures,
                                                       const FilesByName& instances, bool every_picture) {
  std::vector<LabelledPicture> pairs;
  for (const auto& [name, label_path] : labels) {
    const auto picture = pictures.find(name);
    if (picture == pictures.end()) return FileError(label_path, "there is no picture of this name");
    const auto instance = instances.find(name);
    pairs.push_back({picture->second, label_path, instance == instances.end() ? "" : instance->second});
  }
  for (const auto& [name, picture_path] : pictures) {
    if (every_picture && labels.count(name) == 0) {
      return FileError(picture_path, "there is no label file of this name");
    }
  }
  return pairs;
}

}  // namespace pixelclip
