#ifndef PIXELCLIP_TRAINER_FIGURES_CLUSTERED_MASKS_H_
#define PIXELCLIP_TRAINER_FIGURES_CLUSTERED_MASKS_H_

#include <string>
#include <vector>

#include "core/image/image.h"
#include "trainer/masks/picture_masks.h"

namespace pixelclip {

// A square picture, its masks, and the cluster that each model puts each mask into.
struct ClusteredPicture {
  Image photo;
  MaskStack masks;
  std::vector<std::vector<int>> clusters;  // [models][masks.count]; -1 for a mask that was dropped
};

// A row for each picture: itself, its masks in a colour each, and for each model the masks merged by cluster,
// with their numbers below. A cluster has one colour in all pictures; those that cover most have the first
// ones, which differ most. `models` are headings. REQUIRES: vectors of the sizes above. Thread-safe.
Image DrawClusteredMasks(const std::vector<ClusteredPicture>& pictures,
                         const std::vector<std::string>& models, const std::string& caption);

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_FIGURES_CLUSTERED_MASKS_H_
