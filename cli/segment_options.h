#ifndef PIXELCLIP_CLI_SEGMENT_OPTIONS_H_
#define PIXELCLIP_CLI_SEGMENT_OPTIONS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/input_options.h"
#include "core/model_config.h"
#include "core/text/vocabulary.h"
#include "core/tiling.h"

namespace CLI {
class App;
}

namespace pixelclip {

// How words are looked for: of `segment` and of the trainer's `evaluate`. Empty means not given.
struct WordOptions {
  std::vector<std::string> templates;
  std::optional<TemplateSet> template_set;
  SynonymRule synonym_rule = SynonymRule::kAverage;
  std::vector<std::string> background_words;
  std::optional<float> background_threshold;
  std::optional<float> background_softmax_scale;
};

// How pictures are looked at, likewise.
struct PictureOptions {
  InputOptions input;                   // `resolution` is not among the flags that AddPictureOptions adds
  std::optional<TilingOptions> tiling;  // absent: the picture is taken as a whole
  int refine_steps = 0;
};

// The options of `segment` that do not depend on who computes, as the user gave them. Empty means not given.
struct SegmentOptions {
  std::vector<std::string> arguments;  // pictures, then words: see SplitArguments
  std::vector<std::string> images;     // if given, all arguments are words
  std::string words_file;

  WordOptions words;
  std::string background_name;

  PictureOptions picture;

  // Files, or what several pictures' files are named after: see PlanOutputFiles.
  std::string out;
  std::string labels;
  std::string scores;
  std::string rle;
  bool json = false;

  int parallel = 1;  // pictures in flight; set by back ends that gain from more
};

// Each adds to a subcommand what its name says. `options` must outlive the parsing.
void AddSegmentOptions(CLI::App& command, SegmentOptions& options);
void AddWordOptions(CLI::App& command, WordOptions& options, const std::string& background_word_flag);
void AddPictureOptions(CLI::App& command, PictureOptions& options);
void AddLastBlockOption(CLI::App& command, LastBlock& last_block, const std::string& group);

// What AddWordOptions has read about templates, as Vocabulary::templates. INVALID_ARGUMENT for both a set and
// templates of one's own; the same for numbers of `tiling` that contradict each other.
absl::StatusOr<std::vector<std::string>> TemplatesOf(const WordOptions& options);
absl::Status CheckTiling(const std::optional<TilingOptions>& tiling);

}  // namespace pixelclip

#endif  // PIXELCLIP_CLI_SEGMENT_OPTIONS_H_
