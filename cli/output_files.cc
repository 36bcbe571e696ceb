#include "cli/output_files.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <system_error>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"

namespace pixelclip {
namespace {

namespace fs = std::filesystem;

// One kind of output: the option that asks for it, and the extensions that its files may have.
struct Kind {
  const char* option;
  std::string OutputFiles::*path;
  std::vector<std::string> extensions;  // the first is what a folder's files get
};

const std::vector<Kind>& Kinds() {
  static const auto* const kinds = new std::vector<Kind>{
      {"--out", &OutputFiles::overlay, {".png", ".jpg", ".jpeg"}},
      {"--labels", &OutputFiles::labels, {".png"}},
      {"--scores", &OutputFiles::scores, {".png"}},
      {"--rle", &OutputFiles::rle, {".json"}},
  };
  return *kinds;
}

std::string NameOf(const std::string& picture) {
  return picture == "-" ? "stdin" : fs::path(picture).stem().string();
}

bool IsFolder(const std::string& path) {
  std::error_code missing;
  return absl::EndsWith(path, "/") || !fs::path(path).has_extension() || fs::is_directory(path, missing);
}

// What `wanted` means for one picture: every kind of path becomes a pattern.
std::string PatternOf(const std::string& wanted, const Kind& kind) {
  if (absl::StrContains(wanted, "{name}") || !IsFolder(wanted)) return wanted;
  return (fs::path(wanted) / absl::StrCat("{name}", kind.extensions.front())).string();
}

absl::Status CheckPattern(const std::string& pattern, const Kind& kind, size_t pictures) {
  const std::string extension = absl::AsciiStrToLower(fs::path(pattern).extension().string());
  if (std::find(kind.extensions.begin(), kind.extensions.end(), extension) == kind.extensions.end()) {
    return absl::InvalidArgumentError(absl::StrCat(kind.option, " ", pattern, ": the name must end in ",
                                                   absl::StrJoin(kind.extensions, " or ")));
  }
  if (pictures > 1 && !absl::StrContains(pattern, "{name}")) {
    return absl::InvalidArgumentError(absl::StrCat(kind.option, " ", pattern, ": one file for ", pictures,
                                                   " pictures; name a folder, or put {name} into the name"));
  }
  return absl::OkStatus();
}

// Finds two names for one place, however they are spelt.
std::string PlaceOf(const std::string& path) {
  std::error_code unresolved;
  const fs::path place = fs::weakly_canonical(fs::absolute(path, unresolved), unresolved);
  return unresolved ? path : place.string();
}

}  // namespace

absl::StatusOr<std::vector<OutputFiles>> PlanOutputFiles(const OutputFiles& wanted,
                                                         const std::vector<std::string>& pictures) {
  std::map<std::string, std::string> user_of_place;  // what else reads or writes there
  for (const std::string& picture : pictures) {
    if (picture != "-") user_of_place.emplace(PlaceOf(picture), absl::StrCat("the picture ", picture));
  }
  std::vector<OutputFiles> planned(pictures.size());
  for (const Kind& kind : Kinds()) {
    if ((wanted.*kind.path).empty()) continue;
    const std::string pattern = PatternOf(wanted.*kind.path, kind);
    if (absl::Status status = CheckPattern(pattern, kind, pictures.size()); !status.ok()) return status;
    for (size_t i = 0; i < pictures.size(); ++i) {
      const std::string path = absl::StrReplaceAll(pattern, {{"{name}", NameOf(pictures[i])}});
      const std::string user = absl::StrCat(kind.option, " of ", pictures[i]);
      const auto [other, is_free] = user_of_place.emplace(PlaceOf(path), user);
      if (!is_free) {
        return absl::InvalidArgumentError(
            absl::StrCat(path, ": both ", other->second, " and ", user, " have this name"));
      }
      planned[i].*kind.path = path;
    }
  }
  return planned;
}

absl::Status CreateFolderOf(const std::string& path) {
  const fs::path folder = fs::path(path).parent_path();
  if (folder.empty()) return absl::OkStatus();
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return absl::ErrnoToStatus(error.value(), folder.string());
  return absl::OkStatus();
}

}  // namespace pixelclip
