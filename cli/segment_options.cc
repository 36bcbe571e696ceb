#include "cli/segment_options.h"

#include <CLI/CLI.hpp>

namespace pixelclip {
namespace {

constexpr char kLargePictures[] = "Large pictures";

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

  const char* classes = "Classes";
  add_repeatable("--template", options.templates,
                 "Prompt template, such as \"a photo of a {}.\"; repeatable [the eight published ones]")
      ->option_text("TEXT")
      ->group(classes);
  add_repeatable("--background-word", options.background_words,
                 "Pixels that this word wins are \"none of these\"; repeatable")
      ->option_text("TEXT")
      ->group(classes);
  command
      .add_option("--background-threshold", options.background_threshold,
                  "So are pixels whose best score, a cosine, is below X")
      ->option_text("X")
      ->group(classes);
  command
      .add_option("--background-name", options.background_name, "What to call \"none of these\" [background]")
      ->option_text("TEXT")
      ->group(classes);

  AddTilingOptions(command, options.tiling);

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

}  // namespace pixelclip
