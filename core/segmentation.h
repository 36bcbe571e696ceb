#ifndef PIXELCLIP_CORE_SEGMENTATION_H_
#define PIXELCLIP_CORE_SEGMENTATION_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/image/box.h"
#include "core/image/image.h"

namespace pixelclip {

// The smallest around a class's pixels; all zero for a class without pixels.
using BoundingBox = Box;

// What one class got of the picture.
struct ClassSummary {
  std::string name;
  uint16_t label = 0;          // its value in the label map
  bool is_background = false;  // "none of these": see Background in core/text/vocabulary.h
  int64_t pixels = 0;
  double share = 0;       // of all pixels, 0 to 1
  double mean_score = 0;  // mean over its pixels of the best score; 0 without pixels
  BoundingBox box;
};

// Scores of every pixel as an 8-bit picture: value v stands for min_score + v / 255 * (max_score -
// min_score).
struct ScoreMap {
  std::string name;  // the class's, or empty for the best class of each pixel
  float min_score = 0;
  float max_score = 0;
  GrayImage values;
};

// Seconds that each stage took.
struct StageTimes {
  double decode = 0;
  double preprocess = 0;
  double text = 0;
  double encoder = 0;
  double classify = 0;
};

// The answer for one picture. `classes` follows the vocabulary's order, the background last if there is one,
// so that classes[i].label == i.
struct Segmentation {
  LabelMap labels;
  std::vector<ClassSummary> classes;
  std::optional<ScoreMap> best_scores;
  std::vector<ScoreMap> score_maps;
  StageTimes seconds;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_SEGMENTATION_H_
