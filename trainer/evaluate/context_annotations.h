#ifndef PIXELCLIP_TRAINER_EVALUATE_CONTEXT_ANNOTATIONS_H_
#define PIXELCLIP_TRAINER_EVALUATE_CONTEXT_ANNOTATIONS_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "trainer/evaluate/label_table.h"
#include "trainer/masks/label_png.h"

namespace pixelclip {

// PASCAL-Context's masks as they are distributed, in one JSON file of several hundred megabytes:
//
//   {"images": [{"image_id", "file_name", "width", "height", "phase": "val" or "train"}, ...],
//    "annos_segmentation": [{"image_id", "category_id", "segmentation": {"size": [height, width],
//                            "counts": "COCO run lengths"}}, ...], ...}
//
// Only the run lengths are kept. Immutable once read; any thread may use it.
class ContextAnnotations {
 public:
  // Reads the file from its beginning to its end without holding it. Errors name the file.
  static absl::StatusOr<std::shared_ptr<const ContextAnnotations>> Read(const std::string& path);

  // What the stored categories mean: 59 of the set's 459 identifiers, all others do not count.
  static LabelTable Table();

  // The validation pictures' file names without ".jpg".
  std::vector<std::string> names() const;

  // The categories of one picture's pixels: of overlapping masks the later one, 0 where there is none.
  absl::StatusOr<ValueMap> Paint(const std::string& name) const;

 private:
  friend class ContextReader;

  struct Segment {
    uint16_t category = 0;
    std::string counts;
  };
  struct Picture {
    int width = 0;
    int height = 0;
    std::vector<Segment> segments;
  };

  std::string path_;
  std::map<std::string, Picture> pictures_;  // by name
};

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_EVALUATE_CONTEXT_ANNOTATIONS_H_
