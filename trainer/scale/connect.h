#ifndef PIXELCLIP_TRAINER_SCALE_CONNECT_H_
#define PIXELCLIP_TRAINER_SCALE_CONNECT_H_

#include <c10/core/Device.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "trainer/scale/communicator.h"
#include "trainer/scale/launch_environment.h"

namespace pixelclip {

struct ConnectOptions {
  // The longest that one rank waits for another, at the start and in every call: longer than the longest
  // pause of any rank, such as an evaluation or a checkpoint that the others wait for. At least 1 ms.
  std::chrono::milliseconds timeout = std::chrono::minutes(10);

  // How often a rank tells the others that it is alive. After an error, one that stays silent for three of
  // these is named as lost. At least 1 ms.
  std::chrono::milliseconds heartbeat = std::chrono::seconds(1);

  // Gradients are summed in pieces of about this many bytes. At least 1.
  size_t bucket_bytes = size_t{25} << 20;
};

// What a run on `device` needs: MakeSingleProcess for one rank, otherwise ConnectGloo on a CPU and
// ConnectNccl on a GPU. FAILED_PRECONDITION with the words of a rank that has declined.
absl::StatusOr<std::unique_ptr<Communicator>> Connect(const LaunchEnvironment& environment,
                                                      c10::Device device, const ConnectOptions& options);

// Ranks on CPUs, over TCP. Where the master's address is a loopback address nothing listens on any other;
// otherwise on the address of the interface that GLOO_SOCKET_IFNAME names or of this machine's host name.
// Returns when all ranks are connected; UNAVAILABLE if they are not within the timeout. From then on the
// process ignores SIGPIPE, unless it has dealt with it: writing to a lost rank must not end it.
absl::StatusOr<std::unique_ptr<Communicator>> ConnectGloo(const LaunchEnvironment& environment,
                                                          const ConnectOptions& options);

// Ranks on GPUs, one each: `device` is this rank's, as FindDevice gives it. UNIMPLEMENTED in a build without
// the NCCL plugin (docs/distributed.md); UNAVAILABLE also where the plugin or NCCL cannot be loaded.
absl::StatusOr<std::unique_ptr<Communicator>> ConnectNccl(const LaunchEnvironment& environment,
                                                          c10::Device device, const ConnectOptions& options);

// What a rank that cannot take part calls in place of Connect: the others' Connect fails with `reason`,
// instead of waiting for this rank. Returns at once with one rank, otherwise when the others have read it,
// have not come within the timeout, or cannot be reached.
void Decline(const LaunchEnvironment& environment, const std::string& reason, const ConnectOptions& options);

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_SCALE_CONNECT_H_
