#include "trainer/evaluate/file_error.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "core/field_error.h"

namespace pixelclip {

std::string WithoutField(const absl::Status& status) {
  const std::string field = FieldOf(status);
  if (field.empty()) return std::string(status.message());
  return std::string(absl::StripPrefix(status.message(), absl::StrCat(field, ": ")));
}

absl::Status FileError(std::string_view path, const absl::Status& status) {
  return absl::Status(status.code(), absl::StrCat(std::string(path), ": ", WithoutField(status)));
}

absl::Status FileError(std::string_view path, std::string_view problem) {
  return absl::InvalidArgumentError(absl::StrCat(std::string(path), ": ", std::string(problem)));
}

}  // namespace pixelclip
