#include "core/text/encoding_repair.h"

#include <algorithm>
#include <bitset>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "core/text/character_set.h"
#include "core/text/mojibake.h"
#include "core/text/unicode.h"

namespace pixelclip {
namespace {

using ByteSet = std::bitset<256>;
using BytePattern = std::vector<ByteSet>;

// The union of closed ranges.
ByteSet Bytes(std::initializer_list<std::pair<int, int>> ranges) {
  ByteSet set;
  for (const auto& [first, last] : ranges) {
    for (int byte = first; byte <= last; ++byte) set.set(byte);
  }
  return set;
}

// The length of the first of `patterns` that fits at `begin`, 0 if none does.
size_t MatchLength(const std::vector<BytePattern>& patterns, std::string_view bytes, size_t begin) {
  for (const BytePattern& pattern : patterns) {
    if (pattern.size() > bytes.size() - begin) continue;
    size_t i = 0;
    while (i < pattern.size() && pattern[i][static_cast<uint8_t>(bytes[begin + i])]) ++i;
    if (i == pattern.size()) return i;
  }
  return 0;
}

// UTF-8 sequences that are whole but for a byte 0xA0 that somebody took for a space; only leading bytes after
// which that gives likely characters.
const std::vector<BytePattern>& SequencesWithSpace() {
  static const ByteSet space = Bytes({{' ', ' '}});
  static const ByteSet next = Bytes({{0x80, 0xBF}});
  static const ByteSet unlike_space = Bytes({{0x80, 0x84}, {0x86, 0x9F}, {0xA1, 0xBF}});
  static const ByteSet four = Bytes({{0xF0, 0xF0}});
  static const auto* patterns = new std::vector<BytePattern>{
      {Bytes({{0xC2, 0xC3}, {0xC5, 0xC5}, {0xCE, 0xCE}, {0xD0, 0xD0}, {0xD9, 0xD9}}), space},
      {Bytes({{0xE2, 0xE3}}), space, unlike_space},
      {Bytes({{0xE0, 0xE3}}), unlike_space, space},
      {four, space, next, next},
      {four, next, space, next},
      {four, next, next, space},
  };
  return *patterns;
}

// UTF-8 and CESU-8 sequences some of whose bytes were lost: SUBSTITUTE or "?" stands for one.
const std::vector<BytePattern>& SequencesWithLoss() {
  static const ByteSet lost = Bytes({{0x1A, 0x1A}});
  static const ByteSet doubtful = Bytes({{0x1A, 0x1A}, {'?', '?'}});
  static const ByteSet next = Bytes({{0x1A, 0x1A}, {0x80, 0xBF}});
  static const ByteSet any = Bytes({{0x1A, 0x1A}, {'?', '?'}, {0x80, 0xBF}});
  static const ByteSet three = Bytes({{0xE0, 0xEF}});
  static const ByteSet four = Bytes({{0xF0, 0xF4}});
  static const ByteSet surrogate = Bytes({{0xED, 0xED}});
  static const ByteSet high = Bytes({{0xA0, 0xAF}});
  static const ByteSet low = Bytes({{0xB0, 0xBF}});
  static const auto* patterns = new std::vector<BytePattern>{
      {Bytes({{0xC2, 0xDF}}), lost},
      {Bytes({{0xC2, 0xC3}}), Bytes({{'?', '?'}})},
      {surrogate, high, doubtful, surrogate, low, any},
      {surrogate, high, any, surrogate, low, doubtful},
      {three, doubtful, next},
      {three, next, doubtful},
      {four, doubtful, next, next},
      {four, next, doubtful, next},
      {four, next, next, doubtful},
      {lost},
  };
  return *patterns;
}

// "à" as a word of its own: between it and the next word one space stays. The words that begin with "à" in
// Portuguese are the exception.
std::string SeparateAGrave(std::string_view bytes) {
  constexpr std::string_view kContinuations[] = {" ", "quele", "quela", "quilo", "s "};
  std::string result;
  for (size_t i = 0; i < bytes.size(); ++i) {
    result.push_back(bytes[i]);
    if (bytes.substr(i, 2) != "\xC3 ") continue;
    const std::string_view rest = bytes.substr(i + 2);
    const bool continues = std::any_of(std::begin(kContinuations), std::end(kContinuations),
                                       [&](std::string_view c) { return rest.substr(0, c.size()) == c; });
    if (!continues) result.push_back('\xA0');
  }
  return result;
}

std::string RestoreNoBreakSpaces(std::string_view bytes) {
  std::string result = SeparateAGrave(bytes);
  for (size_t i = 0; i < result.size();) {
    const size_t length = MatchLength(SequencesWithSpace(), result, i);
    std::replace(result.begin() + i, result.begin() + i + length, ' ', '\xA0');
    i += std::max<size_t>(length, 1);
  }
  return result;
}

std::string ReplaceLossySequences(std::string_view bytes) {
  std::string result;
  for (size_t i = 0; i < bytes.size();) {
    const size_t length = MatchLength(SequencesWithLoss(), bytes, i);
    if (length > 0) {
      result.append("\xEF\xBF\xBD");  // U+FFFD
      i += length;
    } else {
      result.push_back(bytes[i++]);
    }
  }
  return result;
}

// The 16-bit unit of a surrogate written as three bytes of UTF-8, 0 if there is none at `begin`. As in ftfy,
// the line feed that ends a text can be the third byte.
char32_t SurrogateAt(std::string_view bytes, size_t begin) {
  if (bytes.size() - begin < 3 || bytes[begin] != '\xED') return 0;
  const auto second = static_cast<uint8_t>(bytes[begin + 1]);
  const auto third = static_cast<uint8_t>(bytes[begin + 2]);
  if (second < 0xA0 || second > 0xBF) return 0;
  if ((third < 0x80 || third > 0xBF) && !(third == '\n' && begin + 3 == bytes.size())) return 0;
  return 0xD000 | static_cast<char32_t>(second & 0x3F) << 6 | (third & 0x3F);
}

// Reads UTF-8, nothing if it is ill-formed. Two popular deviations pass: U+0000 as C0 80 and characters
// beyond the Basic Multilingual Plane as two surrogates (CESU-8).
std::optional<std::u32string> DecodeUtf8Variants(std::string_view bytes) {
  std::u32string result;
  size_t plain = 0;  // begin of the ordinary UTF-8 not yet decoded
  const auto flush = [&](size_t end) {
    const std::string_view part = bytes.substr(plain, end - plain);
    if (!IsValidUtf8(part)) return false;
    result.append(DecodeUtf8(part));
    return true;
  };
  for (size_t i = 0; i < bytes.size();) {
    // ftfy takes C0 before the line feed that ends a text for U+0000 too.
    const std::string_view pair = bytes.substr(i, 2);
    if (pair == "\xC0\x80" || (pair == "\xC0\n" && i + 2 == bytes.size())) {
      if (!flush(i)) return std::nullopt;
      result.push_back(U'\0');
      plain = i += 2;
      continue;
    }
    const char32_t high = SurrogateAt(bytes, i);
    const char32_t low = high != 0 ? SurrogateAt(bytes, i + 3) : 0;
    if (high >= 0xD800 && high < 0xDC00 && low >= 0xDC00) {
      if (!flush(i)) return std::nullopt;
      result.push_back(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00));
      plain = i += 6;
      continue;
    }
    ++i;
  }
  if (!flush(bytes.size())) return std::nullopt;
  return result;
}

// Repairs the stretches of misread UTF-8 inside a text that is not misread as a whole.
std::u32string RepairStretches(std::u32string_view text) {
  std::u32string result;
  size_t done = 0;
  for (const Stretch& stretch : FindMisreadUtf8(text)) {
    result.append(text.substr(done, stretch.begin - done));
    const std::u32string_view part = text.substr(stretch.begin, stretch.end - stretch.begin);
    // The recursion ends: a stretch is shorter than the text.
    if (part.size() < text.size() && LooksLikeMojibake(part)) {
      result.append(RepairEncoding(std::u32string(part)));
    } else {
      result.append(part);
    }
    done = stretch.end;
  }
  result.append(text.substr(done));
  return result;
}

bool IsC1Control(char32_t c) { return c >= 0x80 && c <= 0x9F; }

// Latin-1 read as windows-1252; nothing unless every byte is assigned there.
std::optional<std::u32string> ReadAsWindows1252(std::string_view bytes) {
  const CharacterSet& windows = CharacterSet::Windows1252();
  std::u32string result;
  for (const char c : bytes) {
    const auto byte = static_cast<uint8_t>(c);
    if (!windows.IsAssigned(byte)) return std::nullopt;
    result.push_back(windows.Decode(byte));
  }
  return result;
}

// One layer of repair; the same text if there is nothing to repair.
std::u32string RepairLayer(const std::u32string& text) {
  if (!LooksLikeMojibake(text)) return text;

  for (const CharacterSet& set : CharacterSet::LikelyMistakes()) {
    std::optional<std::string> bytes = set.Encode(text);
    if (!bytes) continue;
    // In Mac OS Roman a dash and a space would match.
    if (set.family() != CharacterSet::Family::kMacintosh) bytes = RestoreNoBreakSpaces(*bytes);
    if (set.family() == CharacterSet::Family::kWindows) bytes = ReplaceLossySequences(*bytes);
    if (std::optional<std::u32string> decoded = DecodeUtf8Variants(*bytes)) return *std::move(decoded);
  }

  if (std::u32string repaired = RepairStretches(text); repaired != text) return repaired;

  if (const std::optional<std::string> bytes = CharacterSet::Latin1().Encode(text)) {
    if (std::optional<std::u32string> read = ReadAsWindows1252(*bytes); read && *read != text)
      return *std::move(read);
  }
  return ReplaceC1Controls(text);
}

}  // namespace

std::u32string RepairEncoding(std::u32string text) {
  for (;;) {
    std::u32string repaired = RepairLayer(text);
    if (repaired == text) return text;
    text = std::move(repaired);
  }
}

std::u32string ReplaceC1Controls(std::u32string text) {
  for (char32_t& c : text) {
    if (IsC1Control(c)) c = CharacterSet::Windows1252().Decode(static_cast<uint8_t>(c));
  }
  return text;
}

}  // namespace pixelclip
