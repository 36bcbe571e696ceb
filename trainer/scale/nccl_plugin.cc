#include "trainer/scale/nccl_plugin.h"

#include <cstdlib>
#include <exception>
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>

extern "C" __attribute__((visibility("default"))) c10d::Backend* PixelclipMakeNcclBackend(
    const c10::intrusive_ptr<c10d::Store>& store, int rank, int world_size, c10::Device device,
    int64_t timeout_milliseconds, std::string* problem) {
  try {
    // Otherwise a lost rank ends the others from a thread of c10d's, without a message or a checkpoint of
    // ours. The only way to ask for it is the environment; what the user has set stays.
    setenv("TORCH_NCCL_BLOCKING_WAIT", "1", /*overwrite=*/0);
    auto options = c10d::ProcessGroupNCCL::Options::create();
    options->timeout = std::chrono::milliseconds(timeout_milliseconds);
    auto backend = c10::make_intrusive<c10d::ProcessGroupNCCL>(store, rank, world_size, options);
    backend->setBoundDeviceId(device);
    backend->eagerConnectSingleDevice(device);
    return backend.release();
  } catch (const std::exception& e) {
    *problem = e.what();
    return nullptr;
  }
}

static_assert(std::is_same_v<decltype(PixelclipMakeNcclBackend), pixelclip::MakeNcclBackend>);
