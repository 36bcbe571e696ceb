#ifndef PIXELCLIP_TRAINER_EVALUATE_FILE_PAIRS_H_
#define PIXELCLIP_TRAINER_EVALUATE_FILE_PAIRS_H_

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "trainer/evaluate/data_sets.h"

namespace pixelclip {

// Files of one folder and its subfolders by their name without the suffix: "aachen/aachen_000000_000019".
using FilesByName = std::map<std::string, std::string>;

bool IsFolder(const std::string& path);

// The first of `candidates`, relative to `root`, that is a folder. NOT_FOUND names all of them.
absl::StatusOr<std::string> FindFolder(const std::string& root, const std::vector<std::string>& candidates);

// All files that end in `suffix`. NOT_FOUND if there are none.
absl::StatusOr<FilesByName> FindFiles(const std::string& folder, std::string_view suffix);

// All pictures, by their extensions. NOT_FOUND if there are none, INVALID_ARGUMENT for two of one name.
absl::StatusOr<FilesByName> FindPictures(const std::string& folder);

// The files of the names in a list file, one a line; all must be there. What follows a name behind a space
// does not count.
absl::StatusOr<FilesByName> KeepListed(const FilesByName& files, const std::string& list_path);

// Every label file with the picture of its name, in the names' order. A label without its picture is an
// error, and so is a picture without its label if `every_picture` is to have one. `instances` may lack any.
absl::StatusOr<std::vector<LabelledPicture>> PairFiles(const FilesByName& labels, const FilesByName& pictures,
                                                       const FilesByName& instances, bool every_picture);

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_EVALUATE_FILE_PAIRS_H_
