#ifndef PIXELCLIP_SERVER_PROCESS_STATS_H_
#define PIXELCLIP_SERVER_PROCESS_STATS_H_

#include <optional>

namespace pixelclip {

// What the system knows about this process.
struct ProcessStats {
  double cpu_seconds = 0;  // user and system, of all threads
  double resident_bytes = 0;
  int open_fds = 0;
  double max_fds = 0;
  double start_time_seconds = 0;  // since the epoch
};

// Nothing where /proc cannot be read. Any thread may call it.
std::optional<ProcessStats> ReadProcessStats();

}  // namespace pixelclip

#endif  // PIXELCLIP_SERVER_PROCESS_STATS_H_
