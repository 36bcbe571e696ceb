#include "cli/display_text.h"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "absl/strings/str_format.h"

namespace pixelclip {
namespace {

// Calls visit(code point, its bytes) for each character; a broken byte counts as one character, -1.
template <typename Visit>
void ForEachCharacter(std::string_view text, Visit visit) {
  const auto length = static_cast<int32_t>(std::min<size_t>(text.size(), INT32_MAX));
  for (int32_t next = 0; next < length;) {
    const int32_t start = next;
    UChar32 character;
    U8_NEXT(text.data(), next, length, character);
    visit(character, text.substr(start, next - start));
  }
}

int CharacterWidth(UChar32 character) {
  const int8_t type = u_charType(character);
  if (type == U_NON_SPACING_MARK || type == U_ENCLOSING_MARK || type == U_FORMAT_CHAR) return 0;
  const int width = u_getIntPropertyValue(character, UCHAR_EAST_ASIAN_WIDTH);
  return width == U_EA_WIDE || width == U_EA_FULLWIDTH ? 2 : 1;
}

std::string Spaces(int count) { return std::string(std::max(count, 0), ' '); }

}  // namespace

std::string Printable(std::string_view text) {
  std::string printable;
  ForEachCharacter(text, [&](UChar32 character, std::string_view bytes) {
    // Formats such as a right-to-left override reorder the line as a control character would.
    const bool shown =
        character >= 0 && u_charType(character) != U_CONTROL_CHAR && u_charType(character) != U_FORMAT_CHAR;
    printable += shown ? bytes : "\uFFFD";
  });
  return printable;
}

std::string DisplayName(const std::string& picture) {
  return picture == "-" ? "standard input" : Printable(picture);
}

int DisplayWidth(std::string_view text) {
  int columns = 0;
  ForEachCharacter(text, [&](UChar32 character, std::string_view) { columns += CharacterWidth(character); });
  return columns;
}

std::string Ellipsize(std::string_view text, int columns) {
  if (DisplayWidth(text) <= columns) return std::string(text);
  std::string cut;
  int left = columns - 1;
  ForEachCharacter(text, [&](UChar32 character, std::string_view bytes) {
    left -= CharacterWidth(character);
    if (left >= 0) cut += bytes;
  });
  return cut + "…";
}

std::string PadRight(std::string_view text, int columns) {
  return std::string(text) + Spaces(columns - DisplayWidth(text));
}

std::string PadLeft(std::string_view text, int columns) {
  return Spaces(columns - DisplayWidth(text)).append(text);
}

std::string FormatDuration(double seconds) {
  if (seconds < 9.95) return absl::StrFormat("%.2g s", std::max(seconds, 0.0));
  const auto whole = static_cast<int64_t>(std::llround(std::min(seconds, 1e9)));
  if (whole < 60) return absl::StrFormat("%d s", whole);
  if (whole < 3600) return absl::StrFormat("%d min %02d s", whole / 60, whole % 60);
  return absl::StrFormat("%d h %02d min", whole / 3600, whole / 60 % 60);
}

}  // namespace pixelclip
