#ifndef PIXELCLIP_CORE_TILED_SCORE_MAP_H_
#define PIXELCLIP_CORE_TILED_SCORE_MAP_H_

#include <mutex>
#include <string>
#include <vector>

#include "core/image/box.h"
#include "core/segmentation.h"

namespace pixelclip {

// A score map whose range is not known before its last tile: each tile is kept in 8 bits of its own range,
// and Finish brings all of them into the common one. That costs at most one of the 255 steps, and nothing for
// a single tile; it saves keeping three bytes more of every pixel.
//
// AddTile may be called from several threads at once, for tiles that share no pixel.
class TiledScoreMap {
 public:
  // `name` as in ScoreMap. Allocates width x height bytes.
  TiledScoreMap(std::string name, int width, int height);

  // `scores`: [part.height, part.width], not empty, for `part` of the picture.
  void AddTile(const Box& part, const std::vector<float>& scores);

  // REQUIRES: at least one tile. Pixels that no tile brought have arbitrary values. Call it once, after all
  // AddTile.
  ScoreMap Finish();

 private:
  struct TileRange {
    Box part;
    float lowest = 0;
    float highest = 0;
  };

  ScoreMap map_;
  std::mutex mutex_;
  std::vector<TileRange> ranges_;  // guarded by mutex_
};

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_TILED_SCORE_MAP_H_
