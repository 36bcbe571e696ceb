#ifndef PIXELCLIP_SERVER_CORE_COUNT_H_
#define PIXELCLIP_SERVER_CORE_COUNT_H_

#include <string>

namespace pixelclip {

// Cores that this process may use, at least 1: those of its affinity mask, and no more than its container's
// quota allows (cgroup v2's cpu.max, rounded up).
int CoreCount(const std::string& quota_file = "/sys/fs/cgroup/cpu.max");

}  // namespace pixelclip

#endif  // PIXELCLIP_SERVER_CORE_COUNT_H_
