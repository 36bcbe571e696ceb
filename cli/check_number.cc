#include "cli/check_number.h"

#include <cmath>

#include "absl/strings/numbers.h"

namespace pixelclip {

std::string CheckNumber(const std::string& text) {
  double number = 0;
  return absl::SimpleAtod(text, &number) && !std::isnan(number) ? "" : text + " is no number";
}

}  // namespace pixelclip
