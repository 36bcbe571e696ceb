#include "core/text/html_entities.h"

#include <algorithm>
#include <iterator>

#include "core/text/character_set.h"
#include "core/text/unicode.h"

namespace pixelclip {
namespace {

constexpr size_t kMaxNameLength = 32;         // code points between the ampersand and the semicolon
constexpr size_t kMaxCertainNameLength = 24;  // the same for UnescapeCertainHtml

struct Entity {
  std::string_view name;
  char32_t first;
  char32_t second = 0;  // 0: there is none
};

constexpr Entity kEntities[] = {
#include "core/text/html_entities.inc"
};

bool IsDigit(char32_t c) { return c >= U'0' && c <= U'9'; }

bool IsAsciiLetter(char32_t c) { return (c >= U'a' && c <= U'z') || (c >= U'A' && c <= U'Z'); }

// The value of a hexadecimal digit, or -1.
int DigitValue(char32_t c) {
  if (IsDigit(c)) return static_cast<int>(c - U'0');
  if (c >= U'a' && c <= U'f') return static_cast<int>(c - U'a') + 10;
  if (c >= U'A' && c <= U'F') return static_cast<int>(c - U'A') + 10;
  return -1;
}

const Entity* FindEntity(std::u32string_view name) {
  if (!IsAscii(name)) return nullptr;
  const std::string key(name.begin(), name.end());
  const auto found =
      std::lower_bound(std::begin(kEntities), std::end(kEntities), key,
                       [](const Entity& entity, std::string_view k) { return entity.name < k; });
  return found != std::end(kEntities) && found->name == key ? found : nullptr;
}

std::u32string Expansion(const Entity& entity) {
  std::u32string text(1, entity.first);
  if (entity.second != 0) text.push_back(entity.second);
  return text;
}

// The longest beginning of `name`, of two characters or more, that is an entity.
const Entity* FindLongestEntity(std::u32string_view name) {
  for (size_t length = name.size(); length > 1; --length) {
    if (const Entity* entity = FindEntity(name.substr(0, length))) return entity;
  }
  return nullptr;
}

// What a reference to the code point `number` stands for.
std::u32string NumericExpansion(uint32_t number) {
  if (number == 0 || number > 0x10FFFF || (number >= 0xD800 && number <= 0xDFFF)) return U"\uFFFD";
  if (number == '\r') return U"\r";
  if (number >= 0x80 && number <= 0x9F)
    return {CharacterSet::Windows1252().Decode(static_cast<uint8_t>(number))};
  const bool is_control =
      (number < 0x20 && number != '\t' && number != '\n' && number != '\f') || number == 0x7F;
  const bool is_noncharacter = (number >= 0xFDD0 && number <= 0xFDEF) || (number & 0xFFFE) == 0xFFFE;
  if (is_control || is_noncharacter) return {};
  return {static_cast<char32_t>(number)};
}

// Reads "#38;" or "#x26" at the start of `text`. Returns how many characters were read: 0 if it is none.
size_t ReadNumeric(std::u32string_view text, std::u32string* expansion) {
  if (text.empty() || text[0] != U'#') return 0;
  const bool is_hex = text.size() > 1 && (text[1] == U'x' || text[1] == U'X');
  const int base = is_hex ? 16 : 10;
  const size_t first_digit = is_hex ? 2 : 1;
  size_t position = first_digit;
  uint32_t number = 0;
  for (; position < text.size(); ++position) {
    const int digit = DigitValue(text[position]);
    if (digit < 0 || digit >= base) break;
    number = std::min<uint32_t>(number * base + digit, 0x110000);  // more is as wrong as this
  }
  if (position == first_digit) return 0;
  *expansion = NumericExpansion(number);
  return position < text.size() && text[position] == U';' ? position + 1 : position;
}

// Reads "amp;" or "notit" at the start of `text`. Returns how many characters were read: 0 if it is none.
size_t ReadNamed(std::u32string_view text, std::u32string* expansion) {
  size_t length = std::min(text.find_first_of(U"\t\n\f <&#;"), text.size());
  length = std::min(length, kMaxNameLength);
  if (length == 0) return 0;
  if (length < text.size() && text[length] == U';') ++length;
  const Entity* entity = FindLongestEntity(text.substr(0, length));
  if (entity == nullptr) return 0;
  *expansion = Expansion(*entity);
  return entity->name.size();
}

// The expansion of `name`, written all in capitals, where nothing but its lower-case form can be meant.
bool ReadCapitals(std::u32string_view name, std::u32string* expansion) {
  const bool has_lower_case =
      std::any_of(name.begin(), name.end(), [](char32_t c) { return c >= U'a' && c <= U'z'; });
  if (has_lower_case || FindLongestEntity(name) != nullptr) return false;
  const Entity* entity = FindEntity(ToLowerCase(std::u32string(name)));
  if (entity == nullptr) return false;
  *expansion = ToUpperCase(Expansion(*entity));
  return true;
}

// As ReadNumeric and ReadNamed, for UnescapeCertainHtml.
size_t ReadCertain(std::u32string_view text, std::u32string* expansion) {
  const size_t first = !text.empty() && text[0] == U'#' ? 1 : 0;
  size_t end = first;
  while (end < text.size() && end - first < kMaxCertainNameLength &&
         (IsDigit(text[end]) || IsAsciiLetter(text[end]))) {
    ++end;
  }
  if (end == first || end == text.size() || text[end] != U';') return 0;
  const std::u32string_view name = text.substr(0, end + 1);
  if (first == 1) {
    // A reference to the semicolon itself stays as it is: that is how ftfy tells a partly read reference.
    return ReadNumeric(name, expansion) == name.size() && *expansion != U";" ? name.size() : 0;
  }
  if (const Entity* entity = FindEntity(name)) {
    *expansion = Expansion(*entity);
    return name.size();
  }
  return ReadCapitals(name, expansion) ? name.size() : 0;
}

// Replaces what `read` recognises behind each ampersand.
template <typename Reader>
std::u32string Unescape(std::u32string_view text, Reader read) {
  std::u32string result;
  result.reserve(text.size());
  for (;;) {
    const size_t ampersand = text.find(U'&');
    result.append(text.substr(0, ampersand));
    if (ampersand == text.npos) return result;
    text.remove_prefix(ampersand + 1);
    std::u32string expansion;
    const size_t length = read(text, &expansion);
    if (length == 0) {
      result.push_back(U'&');
    } else {
      result.append(expansion);
    }
    text.remove_prefix(length);
  }
}

}  // namespace

std::u32string UnescapeHtml(std::u32string_view text) {
  return Unescape(text, [](std::u32string_view rest, std::u32string* expansion) {
    const size_t length = ReadNumeric(rest, expansion);
    return length > 0 ? length : ReadNamed(rest, expansion);
  });
}

std::u32string UnescapeCertainHtml(std::u32string_view text) { return Unescape(text, ReadCertain); }

}  // namespace pixelclip
