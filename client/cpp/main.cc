#include <CLI/CLI.hpp>
#include <cstdlib>

#include "cli/command_line.h"
#include "cli/console.h"
#include "client/cpp/commands.h"

// The command-line client: `pixelclip segment photo.jpg dog sky`.
int main(int argc, char** argv) {
  using namespace pixelclip;  // NOLINT(google-build-using-namespace)
  // We say ourselves why a call failed.
  setenv("GRPC_VERBOSITY", "none", /*overwrite=*/0);
  Console console = StandardConsole();
  CLI::App app("Segments photographs with words of your own, on a PixelCLIP server.", "pixelclip");
  const std::vector<Command> commands = {
      AddSegmentCommand(app, console),
      AddModelsCommand(app, console),
      AddHealthCommand(app, console),
  };
  return static_cast<int>(RunCommandLine(app, commands, argc, argv, console));
}
