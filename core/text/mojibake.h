#ifndef PIXELCLIP_CORE_TEXT_MOJIBAKE_H_
#define PIXELCLIP_CORE_TEXT_MOJIBAKE_H_

#include <cstddef>
#include <string_view>
#include <vector>

namespace pixelclip {

// Mojibake is text that was decoded in another encoding than it was written in: "cafÃ©" for "café". These are
// the two detectors of ftfy 6.3 (Robyn Speer, Apache-2.0), by which CLIP's published tokenizer cleans its
// texts; the character classes and the list of unlikely neighbours are its data. Any thread may call
// them.

// Whether characters stand side by side that hardly ever do in text that was decoded rightly.
bool LooksLikeMojibake(std::u32string_view text);

// A part of a text, in code points.
struct Stretch {
  size_t begin = 0;
  size_t end = 0;
};

// The stretches that have the shape of UTF-8 sequences read one byte a character, from left to right. Many
// are innocent: see LooksLikeMojibake.
std::vector<Stretch> FindMisreadUtf8(std::u32string_view text);

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_TEXT_MOJIBAKE_H_
