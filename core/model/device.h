#ifndef PIXELCLIP_CORE_MODEL_DEVICE_H_
#define PIXELCLIP_CORE_MODEL_DEVICE_H_

#include <c10/core/Device.h>

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"

namespace pixelclip {

// The device of a name such as "cpu" or "cuda:1". LibTorch's CUDA library is loaded when the first GPU is
// asked for: what runs on CPUs alone does not need it. INVALID_ARGUMENT for another kind of name, UNAVAILABLE
// if this machine or this LibTorch has no such device.
absl::StatusOr<c10::Device> FindDevice(const std::string& name);

// Whether the device still computes: asks it for a small sum and waits for that. False if it fails, as a GPU
// does for good after, say, an illegal access by a kernel. A GPU that has no memory left still computes. Any
// thread may call it.
bool Computes(c10::Device device);

// What LibTorch has taken of a GPU's memory for this process, in use or kept for later. 0 before its first
// use. Any thread may call it.
size_t MemoryTakenOf(c10::Device gpu);

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_MODEL_DEVICE_H_
