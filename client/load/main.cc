#include <CLI/CLI.hpp>
#include <cstdlib>

#include "cli/command_line.h"
#include "cli/console.h"
#include "client/load/commands.h"

// The load client: `pixelclip-load closed --callers 32`.
int main(int argc, char** argv) {
  using namespace pixelclip;  // NOLINT(google-build-using-namespace)
  // We say ourselves why a call failed.
  setenv("GRPC_VERBOSITY", "none", /*overwrite=*/0);
  Console console = StandardConsole();
  CLI::App app("Puts load on a PixelCLIP server and measures how it answers.", "pixelclip-load");
  const std::vector<Command> commands = {
      AddClosedCommand(app, console),
      AddOpenCommand(app, console),
  };
  return static_cast<int>(RunCommandLine(app, commands, argc, argv, console));
}
