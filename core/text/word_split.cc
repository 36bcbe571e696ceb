#include "core/text/word_split.h"

#include <algorithm>

#include "core/text/unicode.h"

namespace pixelclip {
namespace {

constexpr std::u32string_view kFixedWords[] = {kStartOfText, kEndOfText, U"'s",  U"'t", U"'re",
                                               U"'ve",       U"'m",      U"'ll", U"'d"};

// Case is ignored in the published pattern. In lower-case text that leaves two effects: a long s is an s, and
// the combining iota below, whose capital is a letter, belongs to no word at all.
constexpr char32_t kLongS = 0x17F;
constexpr char32_t kCombiningIota = 0x345;

bool StartsWith(std::u32string_view text, std::u32string_view word) {
  const auto matches = [](char32_t expected, char32_t c) {
    return c == expected || (c == kLongS && expected == U's');
  };
  return text.size() >= word.size() && std::equal(word.begin(), word.end(), text.begin(), matches);
}

bool IsOther(char32_t c) { return !IsSpace(c) && !IsLetter(c) && !IsNumber(c) && c != kCombiningIota; }

// The length of the word at the start of `text`; 0 if its first character belongs to none.
size_t WordLength(std::u32string_view text) {
  for (const std::u32string_view word : kFixedWords) {
    if (StartsWith(text, word)) return word.size();
  }
  if (IsNumber(text.front())) return 1;
  const auto run = [text](bool (*belongs)(char32_t)) {
    return static_cast<size_t>(std::find_if_not(text.begin(), text.end(), belongs) - text.begin());
  };
  return IsLetter(text.front()) ? run(IsLetter) : run(IsOther);
}

}  // namespace

std::vector<std::u32string_view> SplitWords(std::u32string_view text) {
  std::vector<std::u32string_view> words;
  while (!text.empty()) {
    const size_t length = WordLength(text);
    if (length > 0) words.push_back(text.substr(0, length));
    text.remove_prefix(std::max<size_t>(length, 1));
  }
  return words;
}

}  // namespace pixelclip
