#ifndef PIXELCLIP_CORE_TEXT_TEXT_REPAIR_H_
#define PIXELCLIP_CORE_TEXT_TEXT_REPAIR_H_

#include <string>
#include <string_view>

namespace pixelclip {

// Repairs what commonly goes wrong with text on its way: character references of HTML left in, mojibake,
// ligatures, full-width and half-width forms, curly quotes, foreign line breaks, terminal escapes and control
// characters; then normalisation form C. Equals ftfy.fix_text of ftfy 6.3 (Robyn Speer, Apache-2.0) with its
// defaults, which CLIP's published tokenizer applies to every text. May be called from any thread.
std::u32string RepairText(std::u32string_view text);

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_TEXT_TEXT_REPAIR_H_
