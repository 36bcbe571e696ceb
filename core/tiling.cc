#include "core/tiling.h"

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "core/field_error.h"

namespace pixelclip {
namespace {

// A tile along one side of the picture: [begin, end) is encoded, [core_begin, core_end) is labelled.
struct Span {
  int begin = 0;
  int end = 0;
  int core_begin = 0;
  int core_end = 0;
};

int64_t CountTiles(int64_t side, int64_t tile, int64_t overlap) {
  if (side <= tile) return 1;
  const int64_t step = tile - overlap;
  return 1 + (side - tile + step - 1) / step;
}

std::vector<Span> CutSide(int side, int tile, int overlap) {
  std::vector<Span> spans(CountTiles(side, tile, overlap));
  for (size_t i = 0; i < spans.size(); ++i) {
    const int64_t begin = static_cast<int64_t>(i) * (tile - overlap);
    spans[i].begin = static_cast<int>(std::min<int64_t>(begin, std::max(0, side - tile)));
    spans[i].end = std::min(spans[i].begin + tile, side);
    if (i > 0) spans[i].core_begin = spans[i - 1].core_end = (spans[i].begin + spans[i - 1].end) / 2;
  }
  spans.back().core_end = side;
  return spans;
}

}  // namespace

absl::StatusOr<std::vector<Tile>> PlanTiles(int width, int height, const TilingOptions& options) {
  const int64_t tile = options.tile_size == 0 ? kDefaultTileSize : options.tile_size;
  if (tile < kMinTileSize || tile > kMaxTileSize) {
    return FieldError("tiling.tile_size",
                      absl::StrCat(tile, " pixels; must be ", kMinTileSize, " to ", kMaxTileSize));
  }
  const int64_t overlap = options.overlap == 0 ? tile / 4 : options.overlap;
  if (overlap < 0 || overlap > tile / 2) {
    return FieldError("tiling.overlap",
                      absl::StrCat(overlap, " pixels; must be 0 to ", tile / 2, ", half of the tile size"));
  }
  if (!(options.global_weight >= 0 && options.global_weight <= 1)) {  // catches NaN
    return FieldError("tiling.global_weight", absl::StrCat(options.global_weight, "; must be 0 to 1"));
  }
  const int64_t count = CountTiles(width, tile, overlap) * CountTiles(height, tile, overlap);
  if (count > kMaxTiles) {
    return FieldError("tiling.tile_size", absl::StrCat(tile, " pixels with an overlap of ", overlap, " make ",
                                                       count, " tiles of ", width, "x", height,
                                                       " pixels; at most ", kMaxTiles, " are allowed"));
  }

  const std::vector<Span> columns = CutSide(width, static_cast<int>(tile), static_cast<int>(overlap));
  std::vector<Tile> tiles;
  tiles.reserve(count);
  for (const Span& y : CutSide(height, static_cast<int>(tile), static_cast<int>(overlap))) {
    for (const Span& x : columns) {
      tiles.push_back({{x.begin, y.begin, x.end - x.begin, y.end - y.begin},
                       {x.core_begin, y.core_begin, x.core_end - x.core_begin, y.core_end - y.core_begin}});
    }
  }
  return tiles;
}

Image CropTile(const Image& picture, const Tile& tile) {
  const Box& window = tile.window;
  const size_t row_bytes = size_t{3} * window.width;
  Image crop{window.width, window.height, std::vector<uint8_t>(row_bytes * window.height)};
  for (int y = 0; y < window.height; ++y) {
    const size_t from = size_t{3} * (size_t{1} * (window.y + y) * picture.width + window.x);
    std::memcpy(crop.pixels.data() + y * row_bytes, picture.pixels.data() + from, row_bytes);
  }
  return crop;
}

}  // namespace pixelclip
