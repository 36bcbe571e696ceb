#ifndef PIXELCLIP_CLI_SEGMENT_COMMAND_H_
#define PIXELCLIP_CLI_SEGMENT_COMMAND_H_

#include <string>

#include "cli/console.h"
#include "cli/exit_code.h"
#include "cli/segment_backend.h"
#include "cli/segment_options.h"

namespace pixelclip {

// Runs `segment`: segments every picture, writes the files that were asked for and prints JSON or tables in
// the pictures' order. A picture that fails is reported at once, under its name, and does not stop the
// others. `program` introduces messages.
ExitCode RunSegment(const std::string& program, const SegmentOptions& options,
                    const MakeSegmentBackend& make_backend, Console& console);

}  // namespace pixelclip

#endif  // PIXELCLIP_CLI_SEGMENT_COMMAND_H_
