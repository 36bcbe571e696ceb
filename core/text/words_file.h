#ifndef PIXELCLIP_CORE_TEXT_WORDS_FILE_H_
#define PIXELCLIP_CORE_TEXT_WORDS_FILE_H_

#include <string>
#include <string_view>
#include <vector>

namespace pixelclip {

// The classes of a words file, one a line, such as "road, street". Empty lines and lines that begin with '#'
// are skipped; space around a line, a byte-order mark and Windows line ends do not count.
std::vector<std::string> ParseWordsFile(std::string_view text);

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_TEXT_WORDS_FILE_H_
