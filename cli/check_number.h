#ifndef PIXELCLIP_CLI_CHECK_NUMBER_H_
#define PIXELCLIP_CLI_CHECK_NUMBER_H_

#include <string>

namespace pixelclip {

// For an option's check() beside CLI::Range, which "nan" passes: what is wrong with a number, nothing if it
// is one.
std::string CheckNumber(const std::string& text);

}  // namespace pixelclip

#endif  // PIXELCLIP_CLI_CHECK_NUMBER_H_
