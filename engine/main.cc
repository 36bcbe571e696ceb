#include <CLI/CLI.hpp>

#include "cli/command_line.h"
#include "cli/console.h"
#include "engine/commands.h"

// The engine without a server: `pixelclip-engine segment photo.jpg dog sky`.
int main(int argc, char** argv) {
  using namespace pixelclip;  // NOLINT(google-build-using-namespace)
  Console console = StandardConsole();
  CLI::App app("Segments photographs with words of your own, and looks into the model.", "pixelclip-engine");
  const std::vector<Command> commands = {
      AddSegmentCommand(app, console),  AddFeaturesCommand(app, console), AddTextCommand(app, console),
      AddTokenizeCommand(app, console), AddInspectCommand(app, console),  AddConvertCommand(app, console),
  };
  return static_cast<int>(RunCommandLine(app, commands, argc, argv, console));
}
