#ifndef PIXELCLIP_TRAINER_MASKS_PICTURE_FILES_H_
#define PIXELCLIP_TRAINER_MASKS_PICTURE_FILES_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/image/image.h"

namespace pixelclip {

// The name without its extension, folders kept: "a/cat.0.jpg" gives "a/cat.0".
std::string_view StemOf(std::string_view path);

// All files below a folder, as paths relative to it with "/" between folders, in the order of their bytes.
// Links are followed, but not back into a folder that holds them; hidden files and folders and links to
// nothing are passed over. The system's error if a folder cannot be read.
absl::StatusOr<std::vector<std::string>> ListFiles(const std::string& folder);

// Those of them that are pictures. NOT_FOUND if there are none.
absl::StatusOr<std::vector<std::string>> ListPictures(const std::string& folder);

// The bytes of a regular file of at most `max_bytes`. Errors name the path.
absl::StatusOr<std::string> ReadFileBytes(const std::string& path, int64_t max_bytes = int64_t{256} << 20);

// An error of a decoder about the file `name`: core's decoders speak of a request's field instead.
absl::Status FileProblem(std::string_view name, const absl::Status& status);

// Decodes a picture upright; an error begins with `name`.
absl::StatusOr<Image> DecodePicture(std::string_view bytes, std::string_view name);

// Both.
absl::StatusOr<Image> ReadPicture(const std::string& path);

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_MASKS_PICTURE_FILES_H_
