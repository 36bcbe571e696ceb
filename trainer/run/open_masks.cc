#include "trainer/run/open_masks.h"

#include "trainer/masks/coco_rle.h"
#include "trainer/masks/sa1b.h"

namespace pixelclip {

absl::Status CheckDataPaths(const DataSettings& settings) {
  if (settings.pictures.empty()) {
    return absl::InvalidArgumentError("data.pictures is empty; name the pictures there or with --data");
  }
  const bool needs_masks = settings.origin == MaskOrigin::kLabels ||
                           settings.origin == MaskOrigin::kCocoRle || settings.origin == MaskOrigin::kDino;
  if (needs_masks && settings.masks.empty()) {
    return absl::InvalidArgumentError(
        "data.masks is empty; name the label maps' folder, the COCO file or DINO's checkpoint there or with "
        "--masks");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<MaskSource>> OpenMasks(const DataSettings& settings, uint64_t seed,
                                                      const std::string& device) {
  if (absl::Status status = CheckDataPaths(settings); !status.ok()) return status;
  switch (settings.origin) {
    case MaskOrigin::kSa1bFolder:
      return OpenSa1bFolder(settings.pictures);
    case MaskOrigin::kSa1bTars:
      return OpenSa1bTars({settings.pictures});
    case MaskOrigin::kLabels:
      return OpenLabelFolder(settings.pictures, settings.masks, settings.labels);
    case MaskOrigin::kCocoRle:
      return OpenCocoRle(settings.pictures, settings.masks);
    case MaskOrigin::kOverSegmentation:
      return OpenOverSegmented(settings.pictures, settings.over_segmentation);
    case MaskOrigin::kDino:
      break;
  }
  DinoMaskOptions dino = settings.dino;
  dino.seed = seed;
  dino.device = device;
  return MakeDinoMaskSource(settings.pictures, settings.masks, dino);
}

}  // namespace pixelclip
