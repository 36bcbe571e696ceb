#ifndef PIXELCLIP_CLI_JSON_OUTPUT_H_
#define PIXELCLIP_CLI_JSON_OUTPUT_H_

#include <string>

#include "absl/status/status.h"
#include "cli/output_files.h"
#include "cli/segment_backend.h"
#include "core/segmentation.h"

namespace pixelclip {

// One line of JSON about one picture, without the line's end:
//   {"image": PATH, "width": W, "height": H, "model": {"name", "version"},
//    "classes": [{"label", "name", "is_background", "pixels", "share", "mean_score",
//                 "box": {"x", "y", "width", "height"} or null without pixels}],
//    "best_scores": {"min_score", "max_score"}   if asked for: what 0 and 255 in that picture stand for
//    "seconds": {STAGE: SECONDS, ..., "total"},
//    "files": {"overlay", "labels", "scores", "rle"}}   those that were written
std::string AnswerToJson(const std::string& picture, const SegmentAnswer& answer, const OutputFiles& files);

// {"image": PATH, "error": MESSAGE}
std::string ErrorToJson(const std::string& picture, const absl::Status& error);

// A COCO data set of one picture, as pycocotools reads it: images, categories (all classes; id = label) and
// one annotation for each class that has pixels: category_id, category_name, segmentation {size, counts},
// area, bbox, score (the mean), iscrowd. Ends with a newline.
std::string SegmentationToCoco(const std::string& picture, const Segmentation& segmentation);

}  // namespace pixelclip

#endif  // PIXELCLIP_CLI_JSON_OUTPUT_H_
