#ifndef PIXELCLIP_TRAINER_SCALE_MEET_H_
#define PIXELCLIP_TRAINER_SCALE_MEET_H_

#include <c10/core/Device.h>
#include <c10/util/intrusive_ptr.h>

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "trainer/scale/connect.h"

namespace c10d {
class Backend;
class Store;
}  // namespace c10d

namespace pixelclip {

// Makes this rank's end of a backend on the store. May throw what LibTorch throws.
using MakeBackend =
    std::function<absl::StatusOr<c10::intrusive_ptr<c10d::Backend>>(c10::intrusive_ptr<c10d::Store> store)>;

// What ConnectGloo and ConnectNccl share: checks the options, opens the store, waits for all ranks there, and
// then makes the backend that connects them.
absl::StatusOr<std::unique_ptr<Communicator>> Meet(const LaunchEnvironment& environment, c10::Device device,
                                                   const ConnectOptions& options,
                                                   const std::string& transport, const MakeBackend& make);

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_SCALE_MEET_H_
