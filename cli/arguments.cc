#include "cli/arguments.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/image/picture_extension.h"

namespace pixelclip {

absl::StatusOr<PicturesAndWords> SplitArguments(const std::vector<std::string>& arguments,
                                                const std::function<bool(const std::string&)>& is_file) {
  const auto first_word = std::find_if(arguments.begin(), arguments.end(), [&](const std::string& argument) {
    return argument != "-" && !is_file(argument);
  });
  for (auto word = first_word; word != arguments.end(); ++word) {
    const bool only_argument_so_far = word == arguments.begin();
    if (!HasPictureExtension(*word) && !(only_argument_so_far && absl::StrContains(*word, '/'))) continue;
    return absl::InvalidArgumentError(is_file(*word) ? absl::StrCat(*word, ": pictures go before the words")
                                                     : absl::StrCat(*word, ": no such file"));
  }
  return PicturesAndWords{{arguments.begin(), first_word}, {first_word, arguments.end()}};
}

}  // namespace pixelclip
