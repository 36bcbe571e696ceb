#ifndef PIXELCLIP_CLIENT_LOAD_COMMANDS_H_
#define PIXELCLIP_CLIENT_LOAD_COMMANDS_H_

#include "cli/command_line.h"
#include "cli/console.h"

namespace pixelclip {

// The subcommands of `pixelclip-load`. `app` and `console` must outlive the Command.
Command AddClosedCommand(CLI::App& app, Console& console);
Command AddOpenCommand(CLI::App& app, Console& console);

}  // namespace pixelclip

#endif  // PIXELCLIP_CLIENT_LOAD_COMMANDS_H_
