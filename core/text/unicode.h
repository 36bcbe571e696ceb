#ifndef PIXELCLIP_CORE_TEXT_UNICODE_H_
#define PIXELCLIP_CORE_TEXT_UNICODE_H_

#include <string>
#include <string_view>

namespace pixelclip {

// Code points are kept as char32_t and never are surrogates. All functions may be called from any thread.

// Whether `text` is well-formed UTF-8.
bool IsValidUtf8(std::string_view text);

// The code points of `text`; each ill-formed sequence becomes U+FFFD.
std::u32string DecodeUtf8(std::string_view text);

std::string EncodeUtf8(std::u32string_view text);

// Whether every code point is below U+0080.
bool IsAscii(std::u32string_view text);

// White space as Python's str.isspace sees it: Unicode's White_Space and the separators U+001C to U+001F.
bool IsSpace(char32_t c);

bool IsLetter(char32_t c);  // general category L
bool IsNumber(char32_t c);  // general category N

// A letter, an underscore or anything with a numeric value: Python's \w.
bool IsWordCharacter(char32_t c);

// Without the white space at both ends.
std::u32string_view Strip(std::u32string_view text);

// Normalisation form C.
std::u32string ComposeCanonically(std::u32string text);

// Full case mapping, the same in every locale. A capital sigma at a word's end becomes a final one.
std::u32string ToLowerCase(std::u32string text);
std::u32string ToUpperCase(std::u32string text);

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_TEXT_UNICODE_H_
