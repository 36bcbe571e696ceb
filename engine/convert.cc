#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "core/checkpoint/checkpoint.h"
#include "engine/commands.h"
#include "engine/model_options.h"

namespace pixelclip {
namespace {

struct Options {
  std::string in;
  std::string out;
  LoadOptions load;
};

ExitCode RunConvert(const Options& options, Console& console) {
  const absl::StatusOr<Checkpoint> checkpoint = LoadCheckpoint(options.in, options.load);
  if (!checkpoint.ok()) return Fail(console, "pixelclip-engine", checkpoint.status());
  const absl::Status status = WriteOpenClip(*checkpoint, options.out);
  if (!status.ok()) return Fail(console, "pixelclip-engine", status);
  console.err << options.in << " (" << LayoutName(checkpoint->layout) << ") is now " << options.out
              << " (OpenCLIP)\n";
  if (checkpoint->prompt_tokens.has_value()) {
    console.err << "its learned prompts are left out: that layout has no place for them\n";
  }
  return ExitCode::kSuccess;
}

}  // namespace

Command AddConvertCommand(CLI::App& app, Console& console) {
  const auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("convert", "Write a checkpoint of any layout as OpenCLIP's safetensors");
  command->add_option("IN", options->in, "Checkpoint: a file, or a folder that holds one")
      ->option_text(" ")
      ->required();
  command->add_option("OUT", options->out, "Folder for open_clip_model.safetensors and open_clip_config.json")
      ->option_text(" ")
      ->required();
  AddActivationOption(*command, options->load.activation);
  command->footer("Example:\n  pixelclip-engine convert ViT-B-16.pt vit-b-16/");
  return {command, [options, &console] { return RunConvert(*options, console); }};
}

}  // namespace pixelclip
