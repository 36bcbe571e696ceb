#ifndef PIXELCLIP_TRAINER_METHOD_AUTOCAST_H_
#define PIXELCLIP_TRAINER_METHOD_AUTOCAST_H_

#include <c10/core/Device.h>

#include "absl/status/status.h"

namespace pixelclip {

// While it lives, convolutions and matrix products of this thread on this kind of device compute in bfloat16,
// if `enabled`.
class Autocast {
 public:
  Autocast(c10::Device device, bool enabled);
  ~Autocast();

  Autocast(const Autocast&) = delete;
  Autocast& operator=(const Autocast&) = delete;

 private:
  c10::DeviceType device_;
  bool enabled_;
};

// UNAVAILABLE, naming what is missing, if the device has no bfloat16 of its own: emulated, it would be slower
// than float32.
absl::Status CheckAutocast(c10::Device device);

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_METHOD_AUTOCAST_H_
