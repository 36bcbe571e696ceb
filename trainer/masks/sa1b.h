#ifndef PIXELCLIP_TRAINER_MASKS_SA1B_H_
#define PIXELCLIP_TRAINER_MASKS_SA1B_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "trainer/masks/mask_source.h"

namespace pixelclip {

// SA-1B, or pictures with masks in its layout: for each picture one JSON file of the same stem with
// annotations[].segmentation in COCO's run lengths, or the bare list of annotations that Segment Anything's
// own tool writes. Crowd annotations are left out; the rest is sorted by area, largest first, and stays run
// lengths until it is sampled. Masks may be stored at another size than the picture, as long as its shape is
// the same. A picture without its JSON file is an error of Read; a JSON file without a picture is nothing.

// Everything below `folder`: the JSON file stands beside its picture or, as the published preparation leaves
// it, anywhere else in the tree (images/sa_000020/sa_223750.jpg and annotations/sa_000020/sa_223750.json).
// Pictures come in the order of their paths. NOT_FOUND if there are none.
absl::StatusOr<std::unique_ptr<MaskSource>> OpenSa1bFolder(const std::string& folder);

// The tar files as they are published, read without unpacking them. Each path is an archive or a folder,
// below which every *.tar counts. Archives come in the order of their paths, pictures in the order of their
// archive; a damaged place in an archive is a picture whose Read says so.
absl::StatusOr<std::unique_ptr<MaskSource>> OpenSa1bTars(const std::vector<std::string>& paths);

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_MASKS_SA1B_H_
