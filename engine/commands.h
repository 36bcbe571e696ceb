#ifndef PIXELCLIP_ENGINE_COMMANDS_H_
#define PIXELCLIP_ENGINE_COMMANDS_H_

#include "cli/command_line.h"
#include "cli/console.h"

namespace pixelclip {

// The subcommands of `pixelclip-engine`, each in a file of its name. `app` and `console` must outlive the
// Command.
Command AddSegmentCommand(CLI::App& app, Console& console);
Command AddFeaturesCommand(CLI::App& app, Console& console);
Command AddTextCommand(CLI::App& app, Console& console);
Command AddTokenizeCommand(CLI::App& app, Console& console);
Command AddInspectCommand(CLI::App& app, Console& console);
Command AddConvertCommand(CLI::App& app, Console& console);

}  // namespace pixelclip

#endif  // PIXELCLIP_ENGINE_COMMANDS_H_
