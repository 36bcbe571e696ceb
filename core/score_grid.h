#ifndef PIXELCLIP_CORE_SCORE_GRID_H_
#define PIXELCLIP_CORE_SCORE_GRID_H_

#include <vector>

#include "core/features.h"

namespace pixelclip {

// Scores of all candidates on a coarse grid: [height, width, candidates] float32, cosines.
struct ScoreGrid {
  int height = 0;
  int width = 0;
  int candidates = 0;
  std::vector<float> values;
};

// The published scores: features resized bilinearly to 64 x 64, normalised, times the embeddings, which must
// be unit vectors of as many channels. Equal embeddings have equal scores. Throws what LibTorch throws.
ScoreGrid MakeScoreGrid(const DenseFeatures& features, const TextFeatures& embeddings);

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_SCORE_GRID_H_
