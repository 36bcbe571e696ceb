#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "trainer/figures/figures.h"
#include "trainer/run/commands.h"
#include "trainer/run/open_masks.h"
#include "trainer/run/run_settings.h"

namespace pixelclip {
namespace {

constexpr char kProgram[] = "pixelclip-train";

struct Options {
  std::string kind;
  std::vector<std::string> inputs;  // "PATH" or "CAPTION=PATH"
  std::string recipe, data, masks;
  std::string device = "cpu";
  FigureOptions figure;
};

FigureInput InputFrom(const std::string& text) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos) return {text, ""};
  return {text.substr(equals + 1), text.substr(0, equals)};
}

// The recipe's method, and for clustered masks its data.
absl::Status FollowRecipe(const Options& options, FigureOptions& figure) {
  std::vector<std::string> overrides;
  if (!options.data.empty()) overrides.push_back("data.pictures=" + options.data);
  if (!options.masks.empty()) overrides.push_back("data.masks=" + options.masks);
  const absl::StatusOr<LoadedSettings> loaded = LoadSettings(options.recipe, overrides);
  if (!loaded.ok()) return loaded.status();
  const RunSettings& settings = loaded->settings;
  figure.method = settings.method;
  figure.method.device = options.device;
  figure.activation = settings.activation;
  if (figure.kind != FigureKind::kClusteredMasks) return absl::OkStatus();
  absl::StatusOr<std::unique_ptr<MaskSource>> masks =
      OpenMasks(settings.data, settings.method.seed, options.device);
  if (!masks.ok()) return masks.status();
  figure.masks = *std::move(masks);
  return absl::OkStatus();
}

absl::Status Draw(const Options& options) {
  FigureOptions figure = options.figure;
  const absl::StatusOr<FigureKind> kind = FigureKindFromName(options.kind);
  if (!kind.ok()) return kind.status();
  figure.kind = *kind;
  for (const std::string& input : options.inputs) figure.inputs.push_back(InputFrom(input));
  figure.method.device = options.device;
  if (!options.recipe.empty()) {
    if (absl::Status status = FollowRecipe(options, figure); !status.ok()) return status;
  }
  return RunFigures(figure);
}

}  // namespace

Command AddFiguresCommand(CLI::App& app, Console& console) {
  const auto options = std::make_shared<Options>();
  FigureOptions& figure = options->figure;
  CLI::App* command = app.add_subcommand("figures", "Draw the paper's figures, and curves, as a PNG");
  command
      ->add_option("KIND", options->kind, "side-by-side, prompt-map, prompt-masks, clustered-masks or curves")
      ->option_text(" ")
      ->required();
  command
      ->add_option("-i,--input", options->inputs,
                   "Model, or losses.jsonl for curves, with a caption or without; may come several times")
      ->allow_extra_args(false)
      ->option_text("[CAPTION=]PATH")
      ->required();
  command->add_option("-o,--out", figure.output, "The picture to write")->option_text("FILE.png")->required();
  command->add_option("--pictures", figure.pictures, "Of side-by-side and prompt-masks: picture files")
      ->option_text("FILES");
  command
      ->add_option("--words", figure.vocabulary_file,
                   "Names, one class a line: of side-by-side, prompt-map and prompt-masks")
      ->option_text("FILE");
  command
      ->add_option(
          "--recipe", options->recipe,
          "How the models were trained, and where the masks of clustered-masks come from: RUN/settings.yaml")
      ->option_text("FILE");
  command->add_option("--data", options->data, "Replaces the recipe's data.pictures")->option_text("PATH");
  command->add_option("--masks", options->masks, "Replaces the recipe's data.masks")->option_text("PATH");
  command->add_option("--max-pictures", figure.max_pictures, "Of clustered-masks [4]")->option_text("N");
  command->add_option("--max-prompts", figure.max_prompts, "Of prompt-masks [8]")->option_text("N");
  command->add_option("--field", figure.field, "Of curves: the log's field [loss]")->option_text("NAME");
  command->add_option("--smoothing", figure.smoothing, "Of curves: steps to average over [1]")
      ->option_text("N");
  command->add_option("--caption", figure.caption, "A line below the figure")->option_text("TEXT");
  command->add_option("--device", options->device, "cpu or cuda:N [cpu]")->option_text("NAME");
  command->add_option("--seed", figure.seed, "Of prompt-map [0]")->option_text("N");
  command->footer(
      "Example:\n"
      "  pixelclip-train figures side-by-side -i CLIP=base -i PixelCLIP=runs/sa1b/model \\\n"
      "      --pictures cat.jpg street.jpg --words names.txt -o figure.png");
  return {command, [options, &console] {
            const absl::Status status = Draw(*options);
            return status.ok() ? ExitCode::kSuccess : Fail(console, kProgram, status);
          }};
}

}  // namespace pixelclip
