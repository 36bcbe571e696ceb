#include "core/text/words_file.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace pixelclip {

std::vector<std::string> ParseWordsFile(std::string_view text) {
  absl::string_view rest(text.data(), text.size());
  absl::ConsumePrefix(&rest, "\xEF\xBB\xBF");
  std::vector<std::string> words;
  for (absl::string_view line : absl::StrSplit(rest, '\n')) {
    line = absl::StripAsciiWhitespace(line);
    if (!line.empty() && line.front() != '#') words.emplace_back(line);
  }
  return words;
}

}  // namespace pixelclip
