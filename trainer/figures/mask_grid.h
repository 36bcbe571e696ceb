#ifndef PIXELCLIP_TRAINER_FIGURES_MASK_GRID_H_
#define PIXELCLIP_TRAINER_FIGURES_MASK_GRID_H_

#include <string>
#include <vector>

#include "core/image/image.h"
#include "trainer/masks/picture_masks.h"

namespace pixelclip {

// One training example, as a step saw it.
struct MaskGridRow {
  Image weak, strong;         // square, of one size and geometry
  MaskStack masks;            // over the same square
  std::vector<int> clusters;  // of each mask; -1 for one that the step dropped
};

// The picture that training draws every few hundred steps: a row for each example with its weak view, its
// strong view, the masks in a colour each, and the same masks merged by cluster, in a colour for each cluster
// that is the same in all rows and steps and with the cluster's number where there is room. `title` stands
// above, such as "step 4000". REQUIRES: masks.count == clusters.size() in each row. Thread-safe.
Image DrawMaskGrid(const std::vector<MaskGridRow>& rows, const std::string& title);

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_FIGURES_MASK_GRID_H_
