#ifndef PIXELCLIP_TRAINER_EVALUATE_MASK_SCORES_H_
#define PIXELCLIP_TRAINER_EVALUATE_MASK_SCORES_H_

#include <vector>

#include "core/bilinear.h"
#include "core/score_grid.h"
#include "trainer/evaluate/run_masks.h"

namespace pixelclip {

// Averages one picture's scores over masks: the scores resized bilinearly to the picture, as labels are made
// of them, then the mean over the mask's pixels. Computed on the grid, as the resize is linear: each grid
// point counts by its share in the mask's pixels, so that no resized score exists.
//
// Refers to the grid. Not thread-safe.
class MaskScores {
 public:
  // REQUIRES: width, height >= 1.
  MaskScores(const ScoreGrid& grid, int width, int height);

  // One mean for each candidate of the grid. REQUIRES: a mask of the picture that is not empty.
  std::vector<float> Mean(const RunMask& mask);

 private:
  const ScoreGrid& grid_;
  const int height_;
  const std::vector<BilinearTap> rows_;
  const std::vector<BilinearTap> columns_;
  std::vector<double> weights_;  // of the grid's points
};

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_EVALUATE_MASK_SCORES_H_
