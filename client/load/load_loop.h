#ifndef PIXELCLIP_CLIENT_LOAD_LOAD_LOOP_H_
#define PIXELCLIP_CLIENT_LOAD_LOAD_LOOP_H_

#include <cstdint>
#include <limits>

#include "client/load/arrivals.h"
#include "client/load/load_stats.h"
#include "client/load/transport.h"
#include "client/load/workload.h"

namespace pixelclip {

struct LoopOptions {
  // Calls due in this time from the start are sent and not counted.
  double warm_up_seconds = 0;
  // Then calls are sent for so long, or until so many were; at least one of both is finite.
  double duration_seconds = std::numeric_limits<double>::infinity();
  int64_t count = std::numeric_limits<int64_t>::max();
  // A call's deadline, from when it is due.
  double timeout_seconds = 60;
  // Calls that are due beyond it are not sent: this process's memory is finite.
  int max_in_flight = 10000;
};

// Sends calls when they are due until the run is over, then waits for the answers that are missing.
// Everything happens on the calling thread, and time is the transport's.
LoadStats RunLoad(const LoopOptions& options, Arrivals& arrivals, Workload& workload, Transport& transport);

}  // namespace pixelclip

#endif  // PIXELCLIP_CLIENT_LOAD_LOAD_LOOP_H_
