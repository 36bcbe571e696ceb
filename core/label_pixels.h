#ifndef PIXELCLIP_CORE_LABEL_PIXELS_H_
#define PIXELCLIP_CORE_LABEL_PIXELS_H_

#include <cstdint>
#include <functional>
#include <vector>

#include "core/image/box.h"
#include "core/image/image.h"
#include "core/score_grid.h"

namespace pixelclip {

// Takes row `y` of the part that is labelled: the best candidate of each of its pixels, and that one's score.
// The arrays are the callee's for the time of the call.
using TakeLabels = std::function<void(int y, const uint16_t* labels, const float* scores)>;

// Scores upsampled bilinearly to width x height, then the best of each pixel of `part`; of equals, the lowest
// index. Exact: labels and scores are, to the bit, what upsampling every candidate (core/bilinear.h) and
// comparing all of them gives. Rows come from the top. The whole and its parts agree in every pixel.
// REQUIRES: `part` lies in width x height, and neither is empty; 1 to 65536 candidates. Scores that are not
// numbers get some label. Thread-safe.
//
// No [candidates, height, width] array ever exists, nor one of [height, width]: only some rows. Inside a cell
// between four neighbouring grid points, a bilinear score lies between the scores at the corners, so a
// candidate whose largest corner is below another one's smallest cannot win there; the few others are
// compared pixel by pixel. The time hardly depends on the number of candidates.
void LabelRows(const ScoreGrid& grid, int width, int height, const Box& part, const TakeLabels& take);

// The best candidate of each pixel, and its score.
struct PixelLabels {
  LabelMap labels;
  std::vector<float> scores;  // [height, width]
};

// LabelRows of all pixels at once.
PixelLabels LabelPixels(const ScoreGrid& grid, int width, int height);

// The scores of one candidate in `part`, upsampled likewise: [part.height, part.width].
std::vector<float> UpsampleScores(const ScoreGrid& grid, int candidate, int width, int height,
                                  const Box& part);

// In all pixels: [height, width].
std::vector<float> UpsampleScores(const ScoreGrid& grid, int candidate, int width, int height);

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_LABEL_PIXELS_H_
