#include <CLI/CLI.hpp>

#include "cli/command_line.h"
#include "cli/console.h"
#include "trainer/run/commands.h"

// The trainer: `pixelclip-train train trainer/recipes/mini_labels.yaml --data pictures --out run`.
int main(int argc, char** argv) {
  using namespace pixelclip;  // NOLINT(google-build-using-namespace)
  Console console = StandardConsole();
  CLI::App app("Fine-tunes CLIP with masks that have no names, and measures what it learnt.",
               "pixelclip-train");
  const std::vector<Command> commands = {
      AddTrainCommand(app, console),    AddExportCommand(app, console),
      AddEvaluateCommand(app, console), AddClassifyMasksCommand(app, console),
      AddFiguresCommand(app, console),
  };
  return static_cast<int>(RunCommandLine(app, commands, argc, argv, console));
}
