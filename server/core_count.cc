#include "server/core_count.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <thread>

namespace pixelclip {

int CoreCount(const std::string& quota_file) {
  const int cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  // "QUOTA PERIOD" in microseconds, or "max PERIOD".
  std::ifstream file(quota_file);
  double quota = 0, period = 0;
  if (!(file >> quota >> period) || quota <= 0 || period <= 0) return cores;
  return std::clamp(static_cast<int>(std::ceil(quota / period)), 1, cores);
}

}  // namespace pixelclip
