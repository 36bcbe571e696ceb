#ifndef PIXELCLIP_CLIENT_CPP_COMMANDS_H_
#define PIXELCLIP_CLIENT_CPP_COMMANDS_H_

#include "cli/command_line.h"
#include "cli/console.h"

namespace pixelclip {

// The subcommands of `pixelclip`, each in a file of its name. `app` and `console` must outlive the Command.
Command AddSegmentCommand(CLI::App& app, Console& console);
Command AddModelsCommand(CLI::App& app, Console& console);
Command AddHealthCommand(CLI::App& app, Console& console);

}  // namespace pixelclip

#endif  // PIXELCLIP_CLIENT_CPP_COMMANDS_H_
