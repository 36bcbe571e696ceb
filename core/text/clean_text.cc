#include "core/text/clean_text.h"

#include "core/text/html_entities.h"
#include "core/text/text_repair.h"
#include "core/text/unicode.h"

namespace pixelclip {
namespace {

std::u32string CollapseSpaces(std::u32string_view text) {
  std::u32string result;
  result.reserve(text.size());
  for (const char32_t c : text) {
    if (!IsSpace(c)) {
      result.push_back(c);
    } else if (!result.empty() && result.back() != U' ') {
      result.push_back(U' ');
    }
  }
  if (!result.empty() && result.back() == U' ') result.pop_back();
  return result;
}

}  // namespace

std::u32string CleanText(std::string_view text) {
  const std::u32string repaired = RepairText(DecodeUtf8(text));
  return ToLowerCase(CollapseSpaces(UnescapeHtml(UnescapeHtml(repaired))));
}

}  // namespace pixelclip
