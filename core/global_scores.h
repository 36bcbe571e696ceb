#ifndef PIXELCLIP_CORE_GLOBAL_SCORES_H_
#define PIXELCLIP_CORE_GLOBAL_SCORES_H_

#include "core/score_grid.h"
#include "core/tiling.h"

namespace pixelclip {

// Whether the whole picture is to be encoded beside its tiles. A single tile is the whole picture.
bool NeedsGlobalScores(const TilingOptions& options, size_t tiles);

// Mixes what the whole picture knows into one tile's scores: (1 - weight) * scores + weight * global,
// upsampled bilinearly to the points of the tile's grid. `global`: the scores of the picture, width x height
// pixels, for the same candidates. Thread-safe.
void MixInGlobalScores(const ScoreGrid& global, int width, int height, const Tile& tile, float weight,
                       ScoreGrid* scores);

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_GLOBAL_SCORES_H_
