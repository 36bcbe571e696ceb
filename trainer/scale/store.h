#ifndef PIXELCLIP_TRAINER_SCALE_STORE_H_
#define PIXELCLIP_TRAINER_SCALE_STORE_H_

#include <c10/util/intrusive_ptr.h>

#include <chrono>
#include <string>

#include "absl/status/statusor.h"
#include "trainer/scale/launch_environment.h"

namespace c10d {
class Store;
}

namespace pixelclip {

// The numeric loopback address that `address` is or, as "localhost", stands for; empty for any other.
std::string LoopbackAddress(const std::string& address);

// Who keeps the store of these ranks: "rank 0" or "the launcher".
std::string StoreHost(const LaunchEnvironment& environment);

// The key-value store at the master's address through which ranks find each other; rank 0 listens there
// unless the launcher does, on the loopback interface alone if the address is one of that. For one rank
// without an address it is in memory. Keys are apart from those of earlier attempts and of the launcher.
// UNAVAILABLE if the port is taken or nothing answers there within the timeout.
absl::StatusOr<c10::intrusive_ptr<c10d::Store>> OpenStore(const LaunchEnvironment& environment,
                                                          std::chrono::milliseconds timeout);

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_SCALE_STORE_H_
