#ifndef PIXELCLIP_CLI_DISPLAY_TEXT_H_
#define PIXELCLIP_CLI_DISPLAY_TEXT_H_

#include <string>
#include <string_view>

namespace pixelclip {

// Text from elsewhere (file names, class names, a server's messages) made fit for one line of a terminal:
// control characters, which could move the cursor or hide text, and bytes that are not UTF-8 become U+FFFD.
std::string Printable(std::string_view text);

// What to call a picture: its printable path, or "standard input" for "-".
std::string DisplayName(const std::string& picture);

// Columns that a terminal uses for printable UTF-8 text: 2 for East Asian wide characters and emoji, 0 for
// combining marks.
int DisplayWidth(std::string_view text);

// `text` cut to at most `columns` columns, the last of them "…" if something was cut.
std::string Ellipsize(std::string_view text, int columns);

// `text` followed or preceded by spaces up to `columns` columns.
std::string PadRight(std::string_view text, int columns);
std::string PadLeft(std::string_view text, int columns);

// 0.21 → "0.21 s", 65 → "1 min 05 s", 7500 → "2 h 05 min".
std::string FormatDuration(double seconds);

}  // namespace pixelclip

#endif  // PIXELCLIP_CLI_DISPLAY_TEXT_H_
