#ifndef PIXELCLIP_TRAINER_RUN_COMMANDS_H_
#define PIXELCLIP_TRAINER_RUN_COMMANDS_H_

#include "cli/command_line.h"
#include "cli/console.h"

namespace pixelclip {

// The subcommands of pixelclip-train. Each adds its options to the application; console and application must
// outlive the command.
Command AddTrainCommand(CLI::App& app, Console& console);
Command AddExportCommand(CLI::App& app, Console& console);
Command AddEvaluateCommand(CLI::App& app, Console& console);
Command AddClassifyMasksCommand(CLI::App& app, Console& console);
Command AddFiguresCommand(CLI::App& app, Console& console);

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_RUN_COMMANDS_H_
