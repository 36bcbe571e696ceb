#ifndef PIXELCLIP_TRAINER_MASKS_COCO_RLE_H_
#define PIXELCLIP_TRAINER_MASKS_COCO_RLE_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "trainer/masks/mask_source.h"

namespace pixelclip {

// Pictures of `images` with the masks of one JSON file, either of
//   {"images": [{"id", "file_name", "width", "height"}, ...],
//    "annotations": [{"image_id", "segmentation", "iscrowd"}, ...]}        as COCO distributes instances
//   [{"file_name", "segmentations": [segmentation, ...]}, ...]             a plain list
// A segmentation is {"size": [height, width], "counts": string or list} or a list of polygons
// [x0, y0, x1, y1, ...], in pixels of the `width` and `height` that the picture's entry gives (a plain
// list's may have them, too; without them the picture's own count). Names are not read; crowds are left out.
//
// Pictures come in the file's order, one without annotations with no masks. The file is read once, when it is
// opened, and its masks stay in memory as they are stored, about as large as the file. INVALID_ARGUMENT names
// the place in the file.
absl::StatusOr<std::unique_ptr<MaskSource>> OpenCocoRle(const std::string& images, const std::string& json);

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_MASKS_COCO_RLE_H_
