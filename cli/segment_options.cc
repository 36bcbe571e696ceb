#include "cli/segment_options.h"

#include <CLI/CLI.hpp>
#include <string>

#include "absl/strings/str_cat.h"
#include "core/refine_labels.h"

namespace pixelclip {
namespace {

constexpr char kClasses[] = "Classes";
constexpr char kLabels[] = "Labels";
constexpr char kLargePictures[] = "Large pictures";

// An option whose values have names; `of_name` knows them.
template <typename Value, typename OfName>
CLI::Option* AddNamed(CLI::App& command, const std::string& flag, Value& value, const OfName& of_name,
                      const std::vector<std::string>& names, const std::string& description) {
  return command
      .add_option_function<std::string>(
          flag, [&value, of_name](const std::string& name) { value = *of_name(name); }, description)
      ->check(CLI::IsMember(names))
      ->option_text("NAME");
}

void AddTilingOptions(CLI::App& command, std::optional<TilingOptions>& tiling) {
  const auto given = [&tiling]() -> TilingOptions& { return tiling ? *tiling : tiling.emplace(); };
  CLI::Option* tile =
      command
          .add_option_function<int>(
              "--tile", [given](int pixels) { given().tile_size = pixels; },
              "Cut the picture into squares of N pixels a side and look at each by itself: more detail, in "
              "proportion more time")
          ->check(CLI::Range(kMinTileSize, kMaxTileSize))
          ->option_text("N")
          ->group(kLargePictures);
  command
      .add_option_function<int>(
          "--overlap", [given](int pixels) { given().overlap = pixels; },
          "Pixels that neighbouring squares share, at most half of N [a quarter]")
      ->check(CLI::Range(1, kMaxTileSize / 2))
      ->option_text("M")
      ->needs(tile)
      ->group(kLargePictures);
  command
      .add_option_function<float>(
          "--global-weight", [given](float weight) { given().global_weight = weight; },
          "Look at the whole picture, too, and let it have this weight in each square, 0 to 1 [0]")
      ->check(CLI::Range(0.0, 1.0))
      ->option_text("X")
      ->needs(tile)
      ->group(kLargePictures);
}

}  // namespace

void AddSegmentOptions(CLI::App& command, SegmentOptions& options) {
  // One value each time, so that what follows is an argument again.
  const auto add_repeatable = [&command](const char* name, std::vector<std::string>& values,
                                         const char* description) {
    return command.add_option(name, values, description)->allow_extra_args(false);
  };
  command
      .add_option(
          "PICTURE... WORD", options.arguments,
          "Pictures, then words. Every argument that names a file, or is - for standard input, is a picture, "
          "up to the first that does not. A word is a class; \"grass, lawn\" is one with two synonyms")
      ->option_text(" ");

  const char* input = "Input";
  add_repeatable("--image", options.images, "A picture, or -; repeatable. All arguments are words then")
      ->option_text("FILE")
      ->group(input);
  command
      .add_option("--words-file", options.words_file,
                  "More words: one class a line; lines with # are comments")
      ->option_text("FILE")
      ->group(input);

  AddWordOptions(command, options.words, "--background-word");
  command
      .add_option("--background-name", options.background_name, "What to call \"none of these\" [background]")
      ->option_text("TEXT")
      ->group(kClasses);
  AddPictureOptions(command, options.picture);

  const char* output = "Output: a file each; for several pictures a folder, or a name with {name} in it";
  command
      .add_option("-o,--out", options.out, "The picture with its classes coloured, and a legend; PNG or JPEG")
      ->option_text("FILE")
      ->group(output);
  command.add_option("--labels", options.labels, "Label map: a grey PNG; the first word is 0")
      ->option_text("FILE")
      ->group(output);
  command
      .add_option("--scores", options.scores, "Best score of each pixel: a grey PNG, its scale is in --json")
      ->option_text("FILE")
      ->group(output);
  command.add_option("--rle", options.rle, "A run-length mask for each class, as COCO's JSON")
      ->option_text("FILE")
      ->group(output);
  command.add_flag("--json", options.json, "Print a line of JSON for each picture instead of a table")
      ->group(output);
}

void AddWordOptions(CLI::App& command, WordOptions& options, const std::string& background_word_flag) {
  // One value each time, so that what follows is an argument again.
  command
      .add_option("--template", options.templates,
                  "Prompt template, such as \"a photo of a {}.\"; repeatable [the eight published ones]")
      ->allow_extra_args(false)
      ->option_text("TEXT")
      ->group(kClasses);
  AddNamed(command, "--template-set", options.template_set, TemplateSetOfName,
           {"published", "none", "imagenet"},
           "Templates by name: published; none, the word as it is; imagenet, CLIP's eighty [published]")
      ->group(kClasses);
  AddNamed(command, "--synonym-rule", options.synonym_rule, SynonymRuleOfName, {"average", "best"},
           "What a class with synonyms is: their average, or the best of them at each pixel [average]")
      ->group(kClasses);
  command
      .add_option(background_word_flag, options.background_words,
                  "Pixels that this word wins are \"none of these\"; repeatable")
      ->allow_extra_args(false)
      ->option_text("TEXT")
      ->group(kClasses);
  CLI::Option* const threshold = command
                                     .add_option("--background-threshold", options.background_threshold,
                                                 "So are pixels whose best score, a cosine, is below X")
                                     ->option_text("X")
                                     ->group(kClasses);
  command
      .add_option("--background-softmax-scale", options.background_softmax_scale,
                  "Make X a probability: of softmax over the cosines times S, at most 1000")
      ->option_text("S")
      ->needs(threshold)
      ->group(kClasses);
}

void AddPictureOptions(CLI::App& command, PictureOptions& options) {
  AddNamed(command, "--fit", options.input.fit, InputFitOfName, {"squash", "keep_aspect"},
           "What the network sees of a picture's shape: squash, a square; keep_aspect, its own [squash]")
      ->group(kLabels);
  command
      .add_option("--refine-steps", options.refine_steps,
                  "Draw the labels to the picture's edges, in N steps; 10 is usual [0]")
      ->check(CLI::Range(0, kMaxRefineSteps))
      ->option_text("N")
      ->group(kLabels);
  AddTilingOptions(command, options.tiling);
}

void AddLastBlockOption(CLI::App& command, LastBlock& last_block, const std::string& group) {
  AddNamed(command, "--last-block", last_block, LastBlockOfName, LastBlockNames(),
           "What a ViT's last block does: published, maskclip, sclip, clearclip or naclip [published]")
      ->group(group);
}

absl::StatusOr<std::vector<std::string>> TemplatesOf(const WordOptions& options) {
  if (!options.template_set) return options.templates;
  if (options.templates.empty()) return TemplatesOf(*options.template_set);
  return absl::InvalidArgumentError("--template and --template-set: give only one of them");
}

absl::Status CheckTiling(const std::optional<TilingOptions>& tiling) {
  if (!tiling || tiling->overlap <= tiling->tile_size / 2) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("--overlap ", tiling->overlap, ": at most ",
                                                 tiling->tile_size / 2, ", half of --tile ",
                                                 tiling->tile_size));
}

}  // namespace pixelclip
