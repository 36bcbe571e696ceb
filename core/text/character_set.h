#ifndef PIXELCLIP_CORE_TEXT_CHARACTER_SET_H_
#define PIXELCLIP_CORE_TEXT_CHARACTER_SET_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pixelclip {

// A one-byte extension of ASCII. Every byte has a character: one that the standard leaves unassigned stands
// for the code point of its own number, as in browsers. Immutable; may be used from any thread.
class CharacterSet {
 public:
  enum class Family { kIso, kWindows, kMacintosh, kDos };

  // Those that text is most often misread in, the likeliest first.
  static const std::vector<CharacterSet>& LikelyMistakes();
  static const CharacterSet& Latin1();
  static const CharacterSet& Windows1252();

  // The bytes of `text`, or nothing if it has a character that is not in the set. In a Windows set
  // U+FFFD, the trace of a lost character, is the byte 0x1A (SUBSTITUTE).
  std::optional<std::string> Encode(std::u32string_view text) const;

  char32_t Decode(uint8_t byte) const { return byte < 0x80 ? byte : upper_half_[byte - 0x80]; }

  // Whether the standard assigns `byte` to a character.
  bool IsAssigned(uint8_t byte) const { return byte < 0x80 || assigned_[byte - 0x80]; }

  Family family() const { return family_; }

 private:
  CharacterSet(Family family, std::u32string_view upper_half);

  Family family_;
  std::u32string upper_half_;                        // of the bytes 0x80 to 0xFF
  std::vector<bool> assigned_;                       // of the same
  std::vector<std::pair<char32_t, uint8_t>> bytes_;  // the way back, sorted
};

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_TEXT_CHARACTER_SET_H_
