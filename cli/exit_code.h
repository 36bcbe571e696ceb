#ifndef PIXELCLIP_CLI_EXIT_CODE_H_
#define PIXELCLIP_CLI_EXIT_CODE_H_

namespace pixelclip {

enum class ExitCode {
  kSuccess = 0,
  kFailure = 1,  // something that was asked for could not be done
  kUsage = 2,    // what was asked for makes no sense; nothing was tried
};

}  // namespace pixelclip

#endif  // PIXELCLIP_CLI_EXIT_CODE_H_
