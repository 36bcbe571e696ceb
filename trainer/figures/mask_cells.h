#ifndef PIXELCLIP_TRAINER_FIGURES_MASK_CELLS_H_
#define PIXELCLIP_TRAINER_FIGURES_MASK_CELLS_H_

#include <vector>

#include "core/image/image.h"
#include "trainer/figures/page.h"
#include "trainer/masks/picture_masks.h"

namespace pixelclip {

// The photo under its masks, in a colour each.
Cell MaskCell(const Image& photo, const MaskStack& masks);

// The photo under its masks in the colours of their clusters, whose numbers stand where there is room. -1:
// the mask is left out. `colors` says which colour (core/image/palette.h) a cluster has; without it, that of
// its number. REQUIRES: a cluster for each mask, and a colour for each cluster if there are any.
Cell ClusterCell(const Image& photo, const MaskStack& masks, const std::vector<int>& clusters,
                 const std::vector<int>& colors = {});

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_FIGURES_MASK_CELLS_H_
