#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "trainer/figures/figures.h"
#include "trainer/run/commands.h"
#include "trainer/run/open_masks.h"
#include "trainer/run/run_folder.h"
#include "trainer/run/run_settings.h"

namespace pixelclip {
namespace {

constexpr char kProgram[] = "pixelclip-train";

struct Options {
  std::string kind;
  std::vector<std::string> inputs;  // as AddInput takes them
  std::string recipe, data, masks;
  std::string device = "cpu";
  FigureOptions figure;
};

bool IsRun(const std::string& path) {
  std::error_code error;
  return std::filesystem::is_regular_file(RunFolder(path).settings(), error);
}

// Adds what "PATH" or "CAPTION=PATH" names. Of a run's folder that is its log or its model; its settings are
// the recipe, if none was named before.
void AddInput(const std::string& text, std::string& recipe, FigureOptions& figure) {
  const size_t equals = text.rfind('=');  // captions such as "C = 64" have more
  const std::string path = equals == std::string::npos ? text : text.substr(equals + 1);
  std::string caption = equals == std::string::npos ? "" : text.substr(0, equals);
  if (!IsRun(path)) {
    figure.inputs.push_back({path, std::move(caption), ""});
    return;
  }
  const RunFolder run(path);
  if (caption.empty()) caption = std::filesystem::path(path + "/").parent_path().filename().string();
  if (recipe.empty()) recipe = run.settings();
  if (figure.kind == FigureKind::kCurves) {
    figure.inputs.push_back({run.losses(), std::move(caption), ""});
  } else {
    figure.inputs.push_back({run.model(), std::move(caption), run.prompts()});
  }
}

// The recipe's method, and for clustered masks its data.
absl::Status FollowRecipe(const Options& options, const std::string& recipe, FigureOptions& figure) {
  std::vector<std::string> overrides;
  if (!options.data.empty()) overrides.push_back("data.pictures=" + options.data);
  if (!options.masks.empty()) overrides.push_back("data.masks=" + options.masks);
  const absl::StatusOr<LoadedSettings> loaded = LoadSettings(recipe, overrides);
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
  std::string recipe = options.recipe;
  for (const std::string& input : options.inputs) AddInput(input, recipe, figure);
  figure.method.device = options.device;
  if (!recipe.empty()) {
    if (absl::Status status = FollowRecipe(options, recipe, figure); !status.ok()) return status;
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
                   "Folder of a run; or a model, or for curves a losses.jsonl; may come several times")
      ->allow_extra_args(false)
      ->option_text("[CAPTION=]PATH")
      ->required();
  command->add_option("-o,--out", figure.output, "The picture to write")
      ->check([](const std::string& path) {
        return absl::EndsWith(path, ".png") ? std::string() : path + " does not end in .png";
      })
      ->option_text("FILE.png")
      ->required();
  command->add_option("--pictures", figure.pictures, "Of side-by-side and prompt-masks: picture files")
      ->option_text("FILES");
  command
      ->add_option("--words", figure.vocabulary_file,
                   "Names, one class a line: of side-by-side, prompt-map and prompt-masks")
      ->option_text("FILE");
  command
      ->add_option(
          "--recipe", options->recipe,
          "How the models were trained, and where the masks of clustered-masks come from [the first run's "
          "settings.yaml]")
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
      "Examples:\n"
      "  pixelclip-train figures side-by-side -i CLIP=ViT-B-16.pt -i PixelCLIP=runs/sa1b \\\n"
      "      --pictures cat.jpg street.jpg --words names.txt -o side_by_side.png\n"
      "  pixelclip-train figures clustered-masks -i 'C = 64=runs/c64' -i 'C = 128=runs/c128' -o masks.png\n"
      "prompt-map, prompt-masks and clustered-masks need what a run has learnt: its folder or a "
      "pixelclip.pth.");
  return {command, [options, &console] {
            const absl::Status status = Draw(*options);
            return status.ok() ? ExitCode::kSuccess : Fail(console, kProgram, status);
          }};
}

}  // namespace pixelclip
