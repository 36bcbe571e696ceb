#include "core/image/transliterate.h"

#include <unicode/translit.h>
#include <unicode/unistr.h>

#include <algorithm>

namespace pixelclip {
namespace {

bool IsPrintableAscii(char c) { return c >= ' ' && c <= '~'; }

// Null if ICU's data lack the rules.
const icu::Transliterator* ToLatin() {
  static const icu::Transliterator* const transliterator = [] {
    UErrorCode error = U_ZERO_ERROR;
    return icu::Transliterator::createInstance("Any-Latin; Latin-ASCII", UTRANS_FORWARD, error);
  }();
  return transliterator;
}

}  // namespace

std::string TransliterateToAscii(std::string_view utf8) {
  if (std::all_of(utf8.begin(), utf8.end(), IsPrintableAscii)) return std::string(utf8);
  icu::UnicodeString text =
      icu::UnicodeString::fromUTF8(icu::StringPiece(utf8.data(), static_cast<int32_t>(utf8.size())));
  if (const icu::Transliterator* to_latin = ToLatin()) to_latin->transliterate(text);
  std::string ascii;
  for (int32_t i = 0; i < text.length(); i = text.moveIndex32(i, 1)) {
    const UChar32 character = text.char32At(i);
    const bool printable = character >= ' ' && character <= '~';
    ascii.push_back(printable ? static_cast<char>(character) : '?');
  }
  return ascii;
}

}  // namespace pixelclip
