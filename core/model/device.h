#ifndef PIXELCLIP_CORE_MODEL_DEVICE_H_
#define PIXELCLIP_CORE_MODEL_DEVICE_H_

#include <c10/core/Device.h>

#include <string>

#include "absl/status/statusor.h"

namespace pixelclip {

// The device of a name such as "cpu" or "cuda:1". LibTorch's CUDA library is loaded when the first GPU is
// asked for: what runs on CPUs alone does not need it. INVALID_ARGUMENT for another kind of name, UNAVAILABLE
// if this machine or this LibTorch has no such device.
absl::StatusOr<c10::Device> FindDevice(const std::string& name);

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_MODEL_DEVICE_H_
