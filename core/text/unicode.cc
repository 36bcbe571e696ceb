#include "core/text/unicode.h"

#include <unicode/locid.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/utf8.h>

#include <algorithm>

namespace pixelclip {
namespace {

constexpr char32_t kFirstCombiningMark = 0x300;  // below it every text is in normalisation form C

icu::UnicodeString ToIcu(std::u32string_view text) {
  return icu::UnicodeString::fromUTF32(reinterpret_cast<const UChar32*>(text.data()),
                                       static_cast<int32_t>(text.size()));
}

std::u32string FromIcu(const icu::UnicodeString& text) {
  std::u32string result(text.countChar32(), U'\0');
  UErrorCode status = U_ZERO_ERROR;
  text.toUTF32(reinterpret_cast<UChar32*>(result.data()), static_cast<int32_t>(result.size()), status);
  return result;
}

uint32_t CategoryMask(char32_t c) { return U_GET_GC_MASK(static_cast<UChar32>(c)); }

}  // namespace

bool IsValidUtf8(std::string_view text) {
  const auto size = static_cast<int32_t>(text.size());
  for (int32_t i = 0; i < size;) {
    UChar32 c;
    U8_NEXT(text.data(), i, size, c);
    if (c < 0) return false;
  }
  return true;
}

std::u32string DecodeUtf8(std::string_view text) {
  std::u32string result;
  result.reserve(text.size());
  const auto size = static_cast<int32_t>(text.size());
  for (int32_t i = 0; i < size;) {
    UChar32 c;
    U8_NEXT_OR_FFFD(text.data(), i, size, c);
    result.push_back(static_cast<char32_t>(c));
  }
  return result;
}

std::string EncodeUtf8(std::u32string_view text) {
  std::string result;
  result.reserve(text.size());
  for (const char32_t c : text) {
    char bytes[U8_MAX_LENGTH];
    int32_t length = 0;
    U8_APPEND_UNSAFE(bytes, length, c);
    result.append(bytes, length);
  }
  return result;
}

bool IsAscii(std::u32string_view text) {
  return std::all_of(text.begin(), text.end(), [](char32_t c) { return c < 0x80; });
}

bool IsSpace(char32_t c) { return (c >= 0x1C && c <= 0x1F) || u_isUWhiteSpace(static_cast<UChar32>(c)); }

bool IsLetter(char32_t c) { return (CategoryMask(c) & U_GC_L_MASK) != 0; }

bool IsNumber(char32_t c) { return (CategoryMask(c) & U_GC_N_MASK) != 0; }

bool IsWordCharacter(char32_t c) {
  return c == U'_' || IsLetter(c) ||
         u_getIntPropertyValue(static_cast<UChar32>(c), UCHAR_NUMERIC_TYPE) != U_NT_NONE;
}

std::u32string_view Strip(std::u32string_view text) {
  while (!text.empty() && IsSpace(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsSpace(text.back())) text.remove_suffix(1);
  return text;
}

std::u32string ComposeCanonically(std::u32string text) {
  if (std::all_of(text.begin(), text.end(), [](char32_t c) { return c < kFirstCombiningMark; })) return text;
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* nfc = icu::Normalizer2::getNFCInstance(status);
  const icu::UnicodeString source = ToIcu(text);
  if (nfc->isNormalized(source, status)) return text;
  return FromIcu(nfc->normalize(source, status));
}

std::u32string ToLowerCase(std::u32string text) {
  if (IsAscii(text)) {
    for (char32_t& c : text) {
      if (c >= U'A' && c <= U'Z') c += U'a' - U'A';
    }
    return text;
  }
  return FromIcu(ToIcu(text).toLower(icu::Locale::getRoot()));
}

std::u32string ToUpperCase(std::u32string text) {
  return FromIcu(ToIcu(text).toUpper(icu::Locale::getRoot()));
}

}  // namespace pixelclip
