#ifndef PIXELCLIP_CORE_TEXT_WORD_SPLIT_H_
#define PIXELCLIP_CORE_TEXT_WORD_SPLIT_H_

#include <string_view>
#include <vector>

namespace pixelclip {

inline constexpr std::u32string_view kStartOfText = U"<|startoftext|>";
inline constexpr std::u32string_view kEndOfText = U"<|endoftext|>";

// Splits a clean text into the words that byte pairs are merged in: the two special tokens, English
// contractions ("'s", "'re"), runs of letters, single digits and other numbers, runs of anything else. White
// space separates and is dropped. The words point into `text`. May be called from any thread.
std::vector<std::u32string_view> SplitWords(std::u32string_view text);

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_TEXT_WORD_SPLIT_H_
