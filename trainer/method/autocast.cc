#include "trainer/method/autocast.h"

#include <ATen/autocast_mode.h>

namespace pixelclip {

Autocast::Autocast(c10::Device device, bool enabled) : device_(device.type()), enabled_(enabled) {
  if (!enabled_) return;
  at::autocast::set_autocast_dtype(device_, at::kBFloat16);
  at::autocast::set_autocast_enabled(device_, true);
  at::autocast::increment_nesting();
}

Autocast::~Autocast() {
  if (!enabled_) return;
  // Cast weights are kept until here; the next step's weights are others.
  if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
  at::autocast::set_autocast_enabled(device_, false);
}

}  // namespace pixelclip
