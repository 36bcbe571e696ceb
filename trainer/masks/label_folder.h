#ifndef PIXELCLIP_TRAINER_MASKS_LABEL_FOLDER_H_
#define PIXELCLIP_TRAINER_MASKS_LABEL_FOLDER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "trainer/masks/mask_source.h"

namespace pixelclip {

struct LabelFolderOptions {
  // Pixels of these values belong to no mask.
  std::vector<uint32_t> ignored_values = {255};
  // Each connected region (by its four neighbours) of a value becomes a mask, not the value as a whole.
  bool connected_components = false;
  // Masks of fewer pixels of the label map are left out.
  int64_t min_pixels = 1;
};

// The label or instance maps (*.png) below `labels`, each with the picture of the same stem in the same place
// below `images`: a/cat.png with a/cat.jpg. Each value of a map (see label_png.h) becomes one mask, without
// its name, the largest first. A map may have another size than its picture, as long as its shape is the
// same. Pictures come in the order of their maps; one without a map is not in the set, a map without a
// picture is an error of Read. NOT_FOUND if no map has a picture, INVALID_ARGUMENT if two pictures have one
// stem.
absl::StatusOr<std::unique_ptr<MaskSource>> OpenLabelFolder(const std::string& images,
                                                            const std::string& labels,
                                                            LabelFolderOptions options = {});

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_MASKS_LABEL_FOLDER_H_
