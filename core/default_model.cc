#include "core/default_model.h"

#include <filesystem>
#include <system_error>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace pixelclip {

absl::StatusOr<std::string> DefaultModelPath() {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::path bin = fs::read_symlink("/proc/self/exe", error).parent_path();
  const fs::path in_source_tree = bin.parent_path().parent_path() / "models" / "mini";
  const fs::path installed = bin.parent_path() / "share" / "pixelclip" / "models" / "mini";
  for (const fs::path& path : {in_source_tree, installed}) {
    if (fs::is_directory(path, error)) return path.string();
  }
  return absl::NotFoundError(absl::StrCat("no model was named, and the one that ships is neither at ",
                                          in_source_tree.string(), " nor at ", installed.string()));
}

}  // namespace pixelclip
