#ifndef PIXELCLIP_CLI_CONSOLE_H_
#define PIXELCLIP_CLI_CONSOLE_H_

#include <functional>
#include <ostream>

namespace pixelclip {

// How much colour standard output can show.
enum class ColorMode { kNone, k256, kTrueColor };

// Where a command line's results and messages go. Results go to `out` and nothing else does, so that a pipe
// sees only them; everything meant for a person who watches goes to `err`.
struct Console {
  std::ostream& out;
  std::ostream& err;
  bool err_is_terminal = false;
  ColorMode color = ColorMode::kNone;  // of `out`
  int out_columns = 80;                // how wide a line may be
  int err_columns = 80;
  std::function<double()> now;  // seconds from any fixed start, never going back
};

// The process's own streams. Colours are off where the user asks so (NO_COLOR) or standard output is no
// terminal.
Console StandardConsole();

}  // namespace pixelclip

#endif  // PIXELCLIP_CLI_CONSOLE_H_
