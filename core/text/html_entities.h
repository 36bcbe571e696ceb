#ifndef PIXELCLIP_CORE_TEXT_HTML_ENTITIES_H_
#define PIXELCLIP_CORE_TEXT_HTML_ENTITIES_H_

#include <string>
#include <string_view>

namespace pixelclip {

// Replaces the character references of HTML 5 the way a browser does (and Python's html.unescape): named ones
// with a semicolon, the old ones also without it and with the longest name that fits, numeric ones with the
// C1 range read as windows-1252, U+FFFD for what cannot be a character and nothing for control characters.
std::u32string UnescapeHtml(std::u32string_view text);

// The cautious variant of ftfy.fixes.unescape_html: replaces only references that end in a semicolon, and
// also names written all in capitals where that is unambiguous ("&EACUTE;" is "É").
std::u32string UnescapeCertainHtml(std::u32string_view text);

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_TEXT_HTML_ENTITIES_H_
