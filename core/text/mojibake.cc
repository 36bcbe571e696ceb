#include "core/text/mojibake.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "core/text/character_set.h"
#include "core/text/unicode.h"

namespace pixelclip {
namespace {

// What a character is, a bit each.
using Traits = uint32_t;
enum : Traits {
  kCommon = 1u << 0,  // innocent by itself
  kC1 = 1u << 1,      // control characters that nobody writes
  kBad = 1u << 2,     // hardly seen outside mojibake
  kLaw = 1u << 3,     // marks of legal texts
  kCurrency = 1u << 4,
  kStartPunctuation = 1u << 5,
  kEndPunctuation = 1u << 6,
  kNumeric = 1u << 7,
  kKaomoji = 1u << 8,  // letters that also draw faces
  kUpperAccented = 1u << 9,
  kLowerAccented = 1u << 10,
  kUpperCommon = 1u << 11,  // other alphabets
  kLowerCommon = 1u << 12,
  kBox = 1u << 13,  // box drawing
  kAsciiUpper = 1u << 14,
  kAsciiLower = 1u << 15,
  kSpace = 1u << 16,
  kWord = 1u << 17,  // letters, numbers, underscore
  kNotAsciiLetter = 1u << 18,
  kNotNewline = 1u << 19,
  kFirstOfTwo = 1u << 20,  // what the bytes of UTF-8 look like in a one-byte set: leading bytes
  kFirstOfThree = 1u << 21,
  kFirstOfFour = 1u << 22,
  kContinuation = 1u << 23,      // and continuation bytes;
  kSureContinuation = 1u << 24,  // those that are not everyday punctuation
};
constexpr Traits kAsciiLetter = kAsciiUpper | kAsciiLower;
constexpr Traits kAccented = kUpperAccented | kLowerAccented;
constexpr Traits kPunctuation = kStartPunctuation | kEndPunctuation;

struct CharacterClass {
  Traits traits;
  std::u32string_view members;
};

constexpr CharacterClass kClasses[] = {
    {kCommon, U"\u00A0\u00AD´·–—―’…"},
    {kBad, U"¤¦¨ª¬¯¸ºƒˆˇ˘˛˜†‡‰⌐◊\uFFFD"},
    {kLaw, U"§¶"},
    {kCurrency, U"¢£¥₧€"},
    {kStartPunctuation, U"¡©«¿΄΅‘‚“„•‹\uF8FF"},
    {kEndPunctuation, U"®»˝”›™"},
    {kNumeric, U"±²³µ¹¼½¾×÷⁄№∂∆∏∑√∞∩∫≈≠≡≤≥"},
    {kKaomoji, U"°ÒÓÔÕÖÙÚÛÜòóôõöøùúûüŌŐŪŲ"},
    {kUpperAccented, U"ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑØÜÝĀĂĄĆČĎĐĒĖĘĚĞĢĪİĶĹĻĽŁŃŅŇŒŘŚŞŠŢŤŮŰŸŹŻŽҐ"},
    {kLowerAccented, U"ßàáâãäåæçèéêëìíîïðñüāăąćčďđēėęěğģīįķĺļľłœŕśşšťźżžґﬁﬂ"},
    {kUpperCommon,
     U"ÞΆΈΉΊΌΎΏΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡ\u03A2ΣΤΥΦΧΨΩΪΫ"
     U"ЁЂЃЄЅІЇЈЉЊЋЌЍЎЏАБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ"},
    {kLowerCommon, U"άέήίΰαβγδεζηθικλμνξοπρςστυφχψωабвгдежзийклмнопрстуфхцчшщъыьэюяѐёђѓєѕіїјљњћќѝўџ"},
    {kBox, U"│┌┐┘├┤┬┼═║╒╓╔╕╖╗╘╙╚╛╜╝╞╟╠╡╢╣╤╥╦╧╨╩╪╫╬▀▄█▌▐░▒▓"},
};

// Continuation bytes in a Windows set that are also everyday punctuation.
constexpr std::u32string_view kEverydayPunctuation = U" –—―‘’‚“”„•…";

// One place of a pattern: any character with one of the traits, or one of those listed.
struct Place {
  Traits traits = 0;
  std::u32string_view characters = {};
};
using Pattern = std::vector<Place>;

// Neighbours that hardly ever stand together in text that was decoded rightly.
const std::vector<Pattern>& UnlikelyNeighbours() {
  constexpr Traits kSymbol = kBox | kEndPunctuation | kCurrency | kNumeric;
  constexpr Traits kAnyForeign = kAccented | kBox | kPunctuation | kCurrency | kNumeric | kLaw;
  constexpr Traits kArabicSecond = kCommon | kCurrency | kBad | kNumeric | kStartPunctuation;
  constexpr Traits kCodePageSecond = kC1 | kBad | kPunctuation | kCurrency;
  static const auto* patterns = new std::vector<Pattern>{
      {{kC1}},
      {{kBad | kAnyForeign}, {kBad}},
      {{kAsciiLetter}, {kLowerCommon | kUpperCommon}, {kBad}},
      {{kBad}, {kAnyForeign}},
      {{kLowerAccented | kLowerCommon | kSymbol}, {kUpperAccented}},
      {{kSymbol}, {kLowerAccented}},
      {{kLowerAccented | kBox | kEndPunctuation}, {kCurrency}},
      {{kSpace}, {kUpperAccented}, {kCurrency}},
      {{kUpperAccented | kBox}, {kNumeric | kLaw}},
      {{kAccented | kBox | kCurrency | kEndPunctuation}, {kStartPunctuation}, {kNumeric}},
      {{kAccented | kCurrency | kNumeric | kBox | kLaw}, {kEndPunctuation}, {kStartPunctuation}},
      {{kCurrency | kNumeric | kBox}, {kStartPunctuation}},
      {{kAsciiLower}, {kUpperAccented}, {kStartPunctuation | kCurrency}},
      {{kBox}, {kKaomoji}},
      {{kAccented | kCurrency | kNumeric | kPunctuation | kLaw}, {kBox}},
      {{kBox}, {kEndPunctuation}},
      {{kAccented}, {kPunctuation}, {kWord}},
      {{0, U"Œœ"}, {kNotAsciiLetter}},
      {{kUpperAccented}, {0, U"°"}},
      // Two characters of windows-1252 that the classes do not cover.
      {{0, U"ÂÃÎÐ"}, {kPunctuation, U"€œŠš¢£Ÿž\u00A0\u00AD®©°·»–—´"}},
      {{0, U"×"}, {0, U"²³"}},
      // Arabic in windows-1252; its second characters are common ones, so two pairs are asked for.
      {{0, U"ØÙ"}, {kArabicSecond, U"ŸŠ®°µ»"}, {0, U"ØÙ"}, {kArabicSecond, U"ŸŠ®°µ»"}},
      // The beginning of three-byte sequences of South Asian scripts in windows-1252.
      {{0, U"à"}, {0, U"²µ¹¼½¾"}},
      // Mac OS Roman.
      {{0, U"√"}, {0, U"±∂†≠®™´≤≥¥µø"}},
      {{0, U"≈"}, {0, U"°¢"}},
      {{0, U"‚"}, {0, U"Ä"}, {0, U"ìîïòôúùû†°¢π"}},
      {{0, U"‚"}, {0, U"âó"}, {0, U"àä°ê"}},
      // General punctuation, Latin-1 and Cyrillic in windows-1251.
      {{0, U"в"}, {0, U"Ђ"}},
      {{0, U"ВГРС"}, {kCodePageSecond, U"°µ"}, {0, U"ВГРС"}},
      {{0, U"Г"}, {0, U"ў"}, {0, U"В"}, {0, U"Ђ"}, {0, U"В"}, {kNotNewline}, {kAsciiLetter, U" "}},
      // "à", "á" and the no-break space in windows-1252, the last also where it became a plain space.
      {{0, U"Ã"}, {0, U"\u00A0¡"}},
      {{kAsciiLower}, {0, U"ÃÂ"}, {0, U" "}},
      {{kAsciiLower}, {kSpace}, {0, U"ÃÂ"}, {0, U" "}},
      {{kAsciiLower | kEndPunctuation, U".,?!"}, {0, U"Â"}, {kPunctuation, U" "}},
      // General punctuation and Greek in windows-1253.
      {{0, U"β"}, {0, U"€"}, {0, U"™\u00A0Ά\u00AD®°"}},
      {{0, U"ΒΓΞΟ"}, {kCodePageSecond, U"°"}, {0, U"ΒΓΞΟ"}},
      // General punctuation in windows-1257.
      {{0, U"ā"}, {0, U"€"}},
  };
  return *patterns;
}

Traits ComputeTraits(char32_t c) {
  Traits traits = 0;
  for (const CharacterClass& each : kClasses) {
    if (each.members.find(c) != std::u32string_view::npos) traits |= each.traits;
  }
  if (c >= 0x80 && c <= 0x9F) traits |= kC1;
  if (c >= U'A' && c <= U'Z') traits |= kAsciiUpper;
  if (c >= U'a' && c <= U'z') traits |= kAsciiLower;
  if ((traits & kAsciiLetter) == 0) traits |= kNotAsciiLetter;
  if (c != U'\n') traits |= kNotNewline;
  if (IsSpace(c)) traits |= kSpace;
  if (IsWordCharacter(c)) traits |= kWord;
  return traits;
}

// The traits of the characters that the bytes of UTF-8 become in a one-byte set. Mac OS Roman and code page
// 437 are left out: too much of theirs is ordinary text.
Traits TraitsOfUtf8Byte(uint8_t byte) {
  if (byte >= 0x80 && byte <= 0xBF) return kContinuation | kSureContinuation;
  if (byte >= 0xC2 && byte <= 0xDF) return kFirstOfTwo;
  if (byte >= 0xE0 && byte <= 0xEF) return kFirstOfThree;
  if (byte == 0xF0 || byte == 0xF3) return kFirstOfFour;  // emoji and tag characters; others are rare
  return 0;
}

// All classes lie in the Basic Multilingual Plane, most of them far below its end.
class TraitsTable {
 public:
  static const TraitsTable& Get() {
    static const auto* table = new TraitsTable();
    return *table;
  }

  Traits operator[](char32_t c) const { return c < traits_.size() ? traits_[c] : ComputeTraits(c); }

 private:
  TraitsTable() {
    for (char32_t c = 0; c < traits_.size(); ++c) traits_[c] = ComputeTraits(c);
    for (const CharacterSet& set : CharacterSet::LikelyMistakes()) {
      if (set.family() != CharacterSet::Family::kIso && set.family() != CharacterSet::Family::kWindows)
        continue;
      for (int byte = 0x80; byte <= 0xFF; ++byte) {
        traits_[set.Decode(static_cast<uint8_t>(byte))] |= TraitsOfUtf8Byte(static_cast<uint8_t>(byte));
      }
    }
    for (const char32_t c : kEverydayPunctuation) {
      traits_[c] |= kContinuation;  // the plain space too: it may have been a no-break one
      traits_[c] &= ~kSureContinuation;
    }
  }

  std::array<Traits, 0x2600> traits_;
};

struct Character {
  char32_t code_point;
  Traits traits;
};

std::vector<Character> Annotate(std::u32string_view text) {
  const TraitsTable& table = TraitsTable::Get();
  std::vector<Character> characters;
  characters.reserve(text.size());
  for (const char32_t c : text) characters.push_back({c, table[c]});
  return characters;
}

bool Fits(const Place& place, const Character& c) {
  return (place.traits & c.traits) != 0 || place.characters.find(c.code_point) != std::u32string_view::npos;
}

bool FitsAt(const Pattern& pattern, const std::vector<Character>& text, size_t begin) {
  if (pattern.size() > text.size() - begin) return false;
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (!Fits(pattern[i], text[begin + i])) return false;
  }
  return true;
}

// The length of the misread UTF-8 sequence at `begin`, 0 if there is none.
size_t SequenceLength(const std::vector<Character>& text, size_t begin) {
  size_t continuations = 0;
  while (continuations < 3 && begin + continuations + 1 < text.size() &&
         (text[begin + continuations + 1].traits & kContinuation) != 0) {
    ++continuations;
  }
  const Traits first = text[begin].traits;
  if ((first & kFirstOfTwo) != 0 && continuations >= 1) return 2;
  if ((first & kFirstOfThree) != 0 && continuations >= 2) return 3;
  if ((first & kFirstOfFour) != 0 && continuations >= 3) return 4;
  return 0;
}

}  // namespace

bool LooksLikeMojibake(std::u32string_view text) {
  if (IsAscii(text)) return false;
  if (text.size() > 1 && (text[0] == U'Ã' || text[0] == U'Â') && text[1] == U' ') return true;
  const std::vector<Character> characters = Annotate(text);
  for (size_t i = 0; i < characters.size(); ++i) {
    if (IsAscii(text.substr(i, 3)))
      continue;  // every pattern has another character in its first three places
    for (const Pattern& pattern : UnlikelyNeighbours()) {
      if (FitsAt(pattern, characters, i)) return true;
    }
  }
  return false;
}

std::vector<Stretch> FindMisreadUtf8(std::u32string_view text) {
  const std::vector<Character> characters = Annotate(text);
  std::vector<Stretch> stretches;
  for (size_t begin = 0; begin < characters.size();) {
    size_t end = begin;
    // Behind a continuation byte begins the rest of a longer garble, which is better left whole.
    if (begin == 0 || (characters[begin - 1].traits & kSureContinuation) == 0) {
      while (end < characters.size()) {
        const size_t length = SequenceLength(characters, end);
        if (length == 0) break;
        end += length;
      }
    }
    if (end > begin) stretches.push_back({begin, end});
    begin = std::max(end, begin + 1);
  }
  return stretches;
}

}  // namespace pixelclip
