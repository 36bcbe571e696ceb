#include "trainer/method/autocast.h"

#include <ATen/autocast_mode.h>

#include "absl/strings/str_cat.h"
#include "core/cuda/cuda_plugin.h"
#include "core/precision.h"

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

absl::Status CheckAutocast(c10::Device device) {
  // The architecture is of no account for bf16.
  if (device.is_cpu()) return CheckPrecision(Precision::kBf16, VitConfig(), "cpu");
  const absl::StatusOr<const CudaPlugin*> plugin = LoadCudaPlugin();
  if (!plugin.ok() || (*plugin)->has_bf16(device)) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat(device.str(), " is older than Ampere and has no bf16"));
}

}  // namespace pixelclip
