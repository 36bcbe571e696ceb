#include "server/process_stats.h"

#include <sys/resource.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>

namespace pixelclip {
namespace {

double Seconds(const timeval& time) { return time.tv_sec + time.tv_usec * 1e-6; }

std::optional<double> ResidentBytes() {
  std::ifstream statm("/proc/self/statm");
  double total = 0;
  double resident = 0;
  if (!(statm >> total >> resident)) return std::nullopt;
  return resident * sysconf(_SC_PAGESIZE);
}

std::optional<double> BootTimeSeconds() {
  std::ifstream stat("/proc/stat");
  std::string key;
  while (stat >> key) {
    double seconds = 0;
    if (key == "btime" && stat >> seconds) return seconds;
    stat.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
  }
  return std::nullopt;
}

std::optional<double> StartTimeSeconds() {
  std::ifstream stat("/proc/self/stat");
  std::string line;
  if (!std::getline(stat, line)) return std::nullopt;
  // The second field, the program's name in parentheses, may hold anything; the 22nd is the start in ticks
  // since boot.
  std::istringstream fields(line.substr(line.rfind(')') + 1));
  std::string skipped;
  for (int field = 3; field < 22; ++field) fields >> skipped;
  double ticks = 0;
  const auto boot = BootTimeSeconds();
  if (!(fields >> ticks) || !boot) return std::nullopt;
  return *boot + ticks / sysconf(_SC_CLK_TCK);
}

std::optional<int> OpenFds() {
  std::error_code error;
  int count = 0;
  for (std::filesystem::directory_iterator fd("/proc/self/fd", error), end; !error && fd != end;
       fd.increment(error)) {
    ++count;
  }
  if (error) return std::nullopt;
  return count - 1;  // without the one that reads the directory
}

}  // namespace

std::optional<ProcessStats> ReadProcessStats() {
  const auto resident_bytes = ResidentBytes();
  const auto open_fds = OpenFds();
  const auto start_time = StartTimeSeconds();
  rusage usage = {};
  rlimit fds = {};
  if (!resident_bytes || !open_fds || !start_time || getrusage(RUSAGE_SELF, &usage) != 0 ||
      getrlimit(RLIMIT_NOFILE, &fds) != 0) {
    return std::nullopt;
  }
  ProcessStats stats;
  stats.cpu_seconds = Seconds(usage.ru_utime) + Seconds(usage.ru_stime);
  stats.resident_bytes = *resident_bytes;
  stats.open_fds = *open_fds;
  stats.max_fds = static_cast<double>(fds.rlim_cur);
  stats.start_time_seconds = *start_time;
  return stats;
}

}  // namespace pixelclip
