#ifndef PIXELCLIP_CLI_COMMAND_LINE_H_
#define PIXELCLIP_CLI_COMMAND_LINE_H_

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "cli/console.h"
#include "cli/exit_code.h"

namespace CLI {
class App;
}

namespace pixelclip {

// A subcommand whose options are declared, and what to do once they are parsed.
struct Command {
  CLI::App* parser;
  std::function<ExitCode()> run;
};

// Prints "PROGRAM: MESSAGE" on the console's err and returns `code`.
ExitCode Fail(Console& console, const std::string& program, const absl::Status& status,
              ExitCode code = ExitCode::kFailure);

// Parses the command line, prints help, version or a usage error as needed, and runs the one subcommand it
// names.
ExitCode RunCommandLine(CLI::App& app, const std::vector<Command>& commands, int argc,
                        const char* const* argv, Console& console);

}  // namespace pixelclip

#endif  // PIXELCLIP_CLI_COMMAND_LINE_H_
