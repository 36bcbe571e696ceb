#include "trainer/evaluate/names_file.h"

#include <nlohmann/json.hpp>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "cli/file_io.h"
#include "core/text/words_file.h"
#include "trainer/evaluate/confusion.h"
#include "trainer/evaluate/file_error.h"

namespace pixelclip {
namespace {

using nlohmann::json;

constexpr uint32_t kMaxValue = 65535;

}  // namespace

absl::StatusOr<std::map<uint16_t, std::string>> ReadNamesFile(const std::string& path) {
  const absl::StatusOr<std::string> text = ReadInput(path);
  if (!text.ok()) return text.status();
  std::map<uint16_t, std::string> names;
  const bool is_json = absl::StartsWith(absl::StripAsciiWhitespace(*text), "[") ||
                       absl::StartsWith(absl::StripAsciiWhitespace(*text), "{");
  if (!is_json) {
    for (std::string& name : ParseWordsFile(*text)) {
      if (names.size() > kMaxValue) return FileError(path, "more names than there are label values");
      names.emplace(static_cast<uint16_t>(names.size()), std::move(name));
    }
    return names;
  }
  const json root = json::parse(*text, nullptr, /*allow_exceptions=*/false);
  if (!root.is_array() && !root.is_object()) return FileError(path, "is not valid JSON");
  if (root.size() > kMaxValue + 1) return FileError(path, "more names than there are label values");
  uint32_t next = 0;
  for (const auto& [key, name] : root.items()) {
    uint32_t value = next++;
    if (root.is_object() && (!absl::SimpleAtoi(key, &value) || value > kMaxValue)) {
      return FileError(path, absl::StrCat("\"", key, "\" is no label value; those are 0 to ", kMaxValue));
    }
    if (!name.is_string()) return FileError(path, absl::StrCat("the name of ", value, " is no text"));
    if (!names.emplace(static_cast<uint16_t>(value), name.get<std::string>()).second) {
      return FileError(path, absl::StrCat("names ", value, " twice"));
    }
  }
  return names;
}

}  // namespace pixelclip
