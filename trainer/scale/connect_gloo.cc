#include <csignal>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>

#include "trainer/scale/connect.h"
#include "trainer/scale/meet.h"
#include "trainer/scale/store.h"

namespace pixelclip {
namespace {

// Gloo may write to a rank that is gone. That is an error to be told of, not the end of this process.
void IgnoreBrokenPipes() {
  struct sigaction action = {};
  sigaction(SIGPIPE, nullptr, &action);
  if (action.sa_handler == SIG_DFL) std::signal(SIGPIPE, SIG_IGN);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Communicator>> ConnectGloo(const LaunchEnvironment& environment,
                                                          const ConnectOptions& options) {
  IgnoreBrokenPipes();
  const auto make =
      [&](c10::intrusive_ptr<c10d::Store> store) -> absl::StatusOr<c10::intrusive_ptr<c10d::Backend>> {
    using Gloo = c10d::ProcessGroupGloo;
    // One process alone need not be seen from elsewhere either.
    const std::string loopback =
        LoopbackAddress(environment.world_size == 1 ? "127.0.0.1" : environment.master_address);
    c10::intrusive_ptr<Gloo::Options> gloo;
    if (loopback.empty()) {
      gloo = Gloo::Options::create_default(options.timeout);
    } else {
      gloo = Gloo::Options::create(options.timeout);
      gloo->devices.push_back(Gloo::createDeviceForHostname(loopback));
    }
    return c10::make_intrusive<Gloo>(store, environment.rank, environment.world_size, gloo);
  };
  return Meet(environment, c10::kCPU, options, "gloo", make);
}

}  // namespace pixelclip
