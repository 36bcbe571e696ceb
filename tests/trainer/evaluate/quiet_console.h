#ifndef PIXELCLIP_TESTS_TRAINER_EVALUATE_QUIET_CONSOLE_H_
#define PIXELCLIP_TESTS_TRAINER_EVALUATE_QUIET_CONSOLE_H_

#include <sstream>

#include "cli/console.h"

namespace pixelclip::testing {

// A console that remembers what was printed; its clock stands still.
struct QuietConsole {
  std::ostringstream out;
  std::ostringstream err;
  Console console{out, err, false, ColorMode::kNone, 80, 80, [] { return 0.0; }};
};

}  // namespace pixelclip::testing

#endif  // PIXELCLIP_TESTS_TRAINER_EVALUATE_QUIET_CONSOLE_H_
