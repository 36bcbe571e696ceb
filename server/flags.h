#ifndef PIXELCLIP_SERVER_FLAGS_H_
#define PIXELCLIP_SERVER_FLAGS_H_

#include <optional>

#include "server/settings.h"

namespace pixelclip {

// Reads the server's settings: a flag counts before its environment variable (PIXELCLIP_ and the flag's name
// in capitals), that before the file named by --config, that before the default. Answers nothing where the
// program should end at once (--help, --version, a wrong flag), with *exit_code set: 0 or 2. Prints help and
// complaints itself.
std::optional<ServerSettings> ParseFlags(int argc, const char* const* argv, int* exit_code);

}  // namespace pixelclip

#endif  // PIXELCLIP_SERVER_FLAGS_H_
