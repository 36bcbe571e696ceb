#ifndef PIXELCLIP_CLI_OUTPUT_FILES_H_
#define PIXELCLIP_CLI_OUTPUT_FILES_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace pixelclip {

// Paths of one picture's files; empty where none is wanted.
struct OutputFiles {
  std::string overlay;
  std::string labels;
  std::string scores;
  std::string rle;
};

// Names the files of each picture, in the pictures' order. In `wanted`, each path is one of
//   a file            only where there is one picture: overlay.png
//   a folder          an existing one, or a name that ends in a slash or has no extension: out gives
//   out/NAME.png a pattern         with {name} in it: out/{name}.png
// where NAME is the picture's file name without extension ("stdin" for standard input).
//
// INVALID_ARGUMENT if a file's extension is not one that its kind can have, if several pictures share one
// file, if two files have the same path, or if one would replace a picture.
absl::StatusOr<std::vector<OutputFiles>> PlanOutputFiles(const OutputFiles& wanted,
                                                         const std::vector<std::string>& pictures);

// Creates the folder that a file goes to.
absl::Status CreateFolderOf(const std::string& path);

}  // namespace pixelclip

#endif  // PIXELCLIP_CLI_OUTPUT_FILES_H_
