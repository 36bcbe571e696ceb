#ifndef PIXELCLIP_CORE_LABEL_PIXELS_H_
#define PIXELCLIP_CORE_LABEL_PIXELS_H_

#include <vector>

#include "core/image/image.h"
#include "core/score_grid.h"

namespace pixelclip {

// The best candidate of each pixel, and its score.
struct PixelLabels {
  LabelMap labels;
  std::vector<float> scores;  // [height, width]
};

// Scores upsampled bilinearly to width x height, then the best of each pixel; of equals, the lowest index.
//
// No [candidates, height, width] array ever exists. Inside a cell between four neighbouring grid points, a
// bilinear score lies between the scores at the corners, so a candidate whose largest corner is below another
// one's smallest cannot win there; the few others are compared pixel by pixel.
PixelLabels LabelPixels(const ScoreGrid& grid, int width, int height);

// The scores of one candidate, upsampled likewise: [height, width].
std::vector<float> UpsampleScores(const ScoreGrid& grid, int candidate, int width, int height);

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_LABEL_PIXELS_H_
