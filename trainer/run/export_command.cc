#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

#include "trainer/run/commands.h"
#include "trainer/run/export_model.h"

namespace pixelclip {
namespace {

ExitCode RunExport(const ExportOptions& options, Console& console) {
  const absl::StatusOr<std::vector<std::string>> left_out = ExportRun(options);
  if (!left_out.ok()) return Fail(console, "pixelclip-train", left_out.status());
  for (const std::string& sentence : *left_out) console.err << sentence << "\n";
  return ExitCode::kSuccess;
}

}  // namespace

Command AddExportCommand(CLI::App& app, Console& console) {
  const auto options = std::make_shared<ExportOptions>();
  CLI::App* command = app.add_subcommand("export", "Write the model that a run has trained so far");
  command->add_option("RUN", options->run, "Folder of a run, or one of the files in its checkpoints/")
      ->option_text(" ")
      ->required();
  command->add_option("-o,--out", options->out, "Folder to write to [the run's own]")->option_text("FOLDER");
  command
      ->add_option("-m,--model", options->model,
                   "The checkpoint that the run started from [where the run found it]")
      ->option_text("PATH");
  command->footer(
      "Writes model/ (which pixelclip-server and pixelclip-engine load), prompts.safetensors, and\n"
      "pixelclip.pth with the published names where that layout can hold the model.");
  return {command, [options, &console] { return RunExport(*options, console); }};
}

}  // namespace pixelclip
