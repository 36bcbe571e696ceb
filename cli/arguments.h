#ifndef PIXELCLIP_CLI_ARGUMENTS_H_
#define PIXELCLIP_CLI_ARGUMENTS_H_

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace pixelclip {

struct PicturesAndWords {
  std::vector<std::string> pictures;
  std::vector<std::string> words;
};

// Tells pictures from words in "a.jpg b.jpg dog sky". Pictures come first: every argument that names a file,
// or is
// "-" for standard input, up to the first one that does not. The rest are words, even if a file has that
// name.
//
// INVALID_ARGUMENT where that would surprise: the first word looks like a file (it ends like a picture's name
// or contains a slash, and no picture precedes it), or any word ends like a picture's name.
absl::StatusOr<PicturesAndWords> SplitArguments(const std::vector<std::string>& arguments,
                                                const std::function<bool(const std::string&)>& is_file);

}  // namespace pixelclip

#endif  // PIXELCLIP_CLI_ARGUMENTS_H_
