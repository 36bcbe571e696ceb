#ifndef PIXELCLIP_CORE_TILING_H_
#define PIXELCLIP_CORE_TILING_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "core/image/box.h"
#include "core/image/image.h"

namespace pixelclip {

inline constexpr int kMinTileSize = 64;
inline constexpr int kMaxTileSize = 4096;
inline constexpr int kDefaultTileSize = 640;
// Of one picture. Every tile costs a run of the visual encoder.
inline constexpr int64_t kMaxTiles = 4096;

// How to cut a large picture into tiles, as a caller gave it.
struct TilingOptions {
  int64_t tile_size = 0;  // pixels a side, kMinTileSize to kMaxTileSize; 0: kDefaultTileSize
  int64_t overlap = 0;    // pixels that neighbours share, at most half of tile_size; 0: a quarter of it
  // How much of a tile's scores are those that the whole picture, encoded beside the tiles, has there: 0
  // to 1.
  float global_weight = 0;
};

// A tile is encoded as if it were a picture, and labels the part of it that no neighbour knows better.
struct Tile {
  Box window;  // what the encoder sees
  Box core;    // what it labels; lies in `window`; in pixels of the picture, as `window` is
};

// Cuts a picture, row by row from the top left. Windows are squares of tile_size, or as large as the picture
// where that is smaller; they lie tile_size - overlap apart, but the last of a row or column is shifted back
// to end at the border. Neighbours' cores meet in the middle of what their windows share, so that every pixel
// is in exactly one core. REQUIRES: width, height >= 1. Errors are FieldErrors of "tiling.tile_size", also
// for more than kMaxTiles tiles, "tiling.overlap" and "tiling.global_weight". Thread-safe.
absl::StatusOr<std::vector<Tile>> PlanTiles(int width, int height, const TilingOptions& options);

// The pixels of the tile's window. REQUIRES: it lies in the picture. Thread-safe.
Image CropTile(const Image& picture, const Tile& tile);

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_TILING_H_
