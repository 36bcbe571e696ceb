#ifndef PIXELCLIP_TRAINER_DATA_MASK_EDITS_H_
#define PIXELCLIP_TRAINER_DATA_MASK_EDITS_H_

#include "core/image/box.h"
#include "trainer/masks/picture_masks.h"

namespace pixelclip {

// Removes `box`, in pixels of a view of view_side x view_side, from all masks of that view: each mask point
// that looks at a pixel of the box (NearestPixel). REQUIRES: a box inside of the view.
MaskStack CutFromMasks(MaskStack masks, const Box& box, int view_side);

// Removes the masks without a pixel; the others keep their order.
MaskStack DropEmptyMasks(MaskStack masks);

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_DATA_MASK_EDITS_H_
