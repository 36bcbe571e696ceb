#ifndef PIXELCLIP_CORE_TEXT_ENCODING_REPAIR_H_
#define PIXELCLIP_CORE_TEXT_ENCODING_REPAIR_H_

#include <string>

namespace pixelclip {

// Undoes mojibake, also several layers of it: text that looks like UTF-8 read in a one-byte character set is
// encoded back and read as UTF-8, as a whole or in the stretches where that works. Equals ftfy.fix_encoding
// of ftfy 6.3 with its defaults. May be called from any thread.
std::u32string RepairEncoding(std::u32string text);

// Reads the C1 control characters as windows-1252, like a browser.
std::u32string ReplaceC1Controls(std::u32string text);

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_TEXT_ENCODING_REPAIR_H_
