#ifndef PIXELCLIP_TRAINER_MASKS_ANNOTATION_FILE_H_
#define PIXELCLIP_TRAINER_MASKS_ANNOTATION_FILE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "trainer/masks/stored_mask.h"

namespace pixelclip {

// What a JSON file of masks holds: COCO's and SA-1B's object with `images` and `annotations`, or a list whose
// elements have a `segmentation` (Segment Anything's own tool) or a `file_name` and `segmentations`.
struct AnnotationFile {
  struct Picture {
    int64_t id = 0;  // of a list's element: its index
    std::string file_name;
    int64_t width = 0, height = 0;  // 0: not said
  };
  struct Annotation {
    int64_t picture_id = 0;
    bool is_crowd = false;
    StoredMask segmentation;
  };

  std::vector<Picture> pictures;
  std::vector<Annotation> annotations;
};

// Reads one; everything that it does not know is passed over. Memory stays proportional to the JSON's length.
// INVALID_ARGUMENT names the place, "annotations[3].segmentation.size", and what is wrong with it; the masks
// themselves are not checked yet.
absl::StatusOr<AnnotationFile> ParseAnnotations(std::string_view json);

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_MASKS_ANNOTATION_FILE_H_
