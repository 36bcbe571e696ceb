#ifndef PIXELCLIP_CLIENT_LOAD_LOAD_COMMAND_H_
#define PIXELCLIP_CLIENT_LOAD_LOAD_COMMAND_H_

#include <nlohmann/json.hpp>

#include "cli/console.h"
#include "cli/exit_code.h"
#include "client/load/arrivals.h"
#include "client/load/load_options.h"

namespace pixelclip {

// Runs a whole load test: asks the server for its models, registers vocabularies if wanted, sends the calls,
// prints the report and writes the JSON. `mode` describes the arrivals for both. kFailure if the server
// cannot be reached, no call was answered or a condition of --fail-on holds; kUsage if pictures or words
// cannot be read.
ExitCode RunLoadCommand(const nlohmann::ordered_json& mode, const LoadTestOptions& options,
                        Arrivals& arrivals, Console& console);

}  // namespace pixelclip

#endif  // PIXELCLIP_CLIENT_LOAD_LOAD_COMMAND_H_
