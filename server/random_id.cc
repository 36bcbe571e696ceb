#include "server/random_id.h"

#include <random>

#include "absl/strings/str_format.h"

namespace pixelclip {

std::string RandomId() {
  thread_local std::random_device device;  // the system's generator
  return absl::StrFormat("%08x%08x%08x%08x", device(), device(), device(), device());
}

}  // namespace pixelclip
