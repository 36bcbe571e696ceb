#ifndef PIXELCLIP_TRAINER_RUN_OPEN_MASKS_H_
#define PIXELCLIP_TRAINER_RUN_OPEN_MASKS_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "trainer/masks/mask_source.h"
#include "trainer/run/run_settings.h"

namespace pixelclip {

// INVALID_ARGUMENT where a path that the origin needs is missing.
absl::Status CheckDataPaths(const DataSettings& settings);

// The source that the settings name. `device` runs DINO. The errors of CheckDataPaths and of the source.
absl::StatusOr<std::unique_ptr<MaskSource>> OpenMasks(const DataSettings& settings, uint64_t seed,
                                                      const std::string& device);

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_RUN_OPEN_MASKS_H_
