#include "trainer/scale/connect.h"

namespace pixelclip {

absl::StatusOr<std::unique_ptr<Communicator>> Connect(const LaunchEnvironment& environment,
                                                      c10::Device device, const ConnectOptions& options) {
  if (environment.world_size == 1) return MakeSingleProcess();
  return device.is_cpu() ? ConnectGloo(environment, options) : ConnectNccl(environment, device, options);
}

}  // namespace pixelclip
