#ifndef PIXELCLIP_CLI_SEGMENT_OPTIONS_H_
#define PIXELCLIP_CLI_SEGMENT_OPTIONS_H_

#include <optional>
#include <string>
#include <vector>

#include "core/tiling.h"

namespace CLI {
class App;
}

namespace pixelclip {

// The options of `segment` that do not depend on who computes, as the user gave them. Empty means not given.
struct SegmentOptions {
  std::vector<std::string> arguments;  // pictures, then words: see SplitArguments
  std::vector<std::string> images;     // if given, all arguments are words
  std::string words_file;

  std::vector<std::string> templates;
  std::vector<std::string> background_words;
  std::optional<float> background_threshold;
  std::string background_name;

  std::optional<TilingOptions> tiling;  // absent: the picture is taken as a whole

  // Files, or what several pictures' files are named after: see PlanOutputFiles.
  std::string out;
  std::string labels;
  std::string scores;
  std::string rle;
  bool json = false;

  int parallel = 1;  // pictures in flight; set by back ends that gain from more
};

// Adds them to a subcommand. `options` must outlive the parsing.
void AddSegmentOptions(CLI::App& command, SegmentOptions& options);

}  // namespace pixelclip

#endif  // PIXELCLIP_CLI_SEGMENT_OPTIONS_H_
