#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "trainer/evaluate/classify_masks.h"
#include "trainer/run/commands.h"
#include "trainer/run/evaluate_flags.h"

namespace pixelclip {
namespace {

struct Options {
  EvaluateFlags flags;
  std::string masks = "regions";
  std::string mask_folder;
};

ExitCode RunClassify(const Options& options, Console& console) {
  const absl::StatusOr<MaskKind> masks = ParseMaskKind(options.masks);
  if (!masks.ok()) return Fail(console, "pixelclip-train", masks.status(), ExitCode::kUsage);
  const auto measure = [&](const EvaluateOptions& evaluate) {
    return RunClassifyMasks({evaluate, *masks, options.mask_folder}, console);
  };
  return RunEvaluateFlags(options.flags, console, measure);
}

}  // namespace

Command AddClassifyMasksCommand(CLI::App& app, Console& console) {
  const auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("classify-masks", "Name given masks, and count how many names are right");
  AddEvaluateFlags(*command, options->flags);
  command
      ->add_option("--masks", options->masks,
                   "classes, regions or instances of the ground truth, or rle [regions]")
      ->option_text("KIND");
  command->add_option("--mask-folder", options->mask_folder, "Of rle: a JSON file for each picture")
      ->option_text("FOLDER");
  return {command, [options, &console] { return RunClassify(*options, console); }};
}

}  // namespace pixelclip
