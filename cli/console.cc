#include "cli/console.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string_view>

namespace pixelclip {
namespace {

std::string_view Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string_view() : value;
}

ColorMode StandardOutputColor() {
  if (isatty(STDOUT_FILENO) == 0 || !Environment("NO_COLOR").empty() || Environment("TERM") == "dumb") {
    return ColorMode::kNone;
  }
  const std::string_view depth = Environment("COLORTERM");
  return depth == "truecolor" || depth == "24bit" ? ColorMode::kTrueColor : ColorMode::k256;
}

// Files and pipes take lines of any width.
int ColumnsOf(int stream) {
  if (isatty(stream) == 0) return 10'000;
  winsize size{};
  return ioctl(stream, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

double SteadySeconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

Console StandardConsole() {
  return {std::cout,
          std::cerr,
          isatty(STDERR_FILENO) != 0,
          StandardOutputColor(),
          ColumnsOf(STDOUT_FILENO),
          ColumnsOf(STDERR_FILENO),
          SteadySeconds};
}

}  // namespace pixelclip
