#include "core/global_scores.h"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "core/bilinear.h"

namespace pixelclip {
namespace {

// Where the `points` of a tile's grid, which spans pixels begin to begin + length of a side, lie between the
// `in` points of the grid that spans the whole side.
std::vector<BilinearTap> TapsInWhole(int in, int side, int begin, int length, int points) {
  std::vector<BilinearTap> taps(points);
  for (int i = 0; i < points; ++i) {
    const double pixel = begin + (i + 0.5) * length / points;
    const double position = std::clamp(pixel * in / side - 0.5, 0.0, in - 1.0);
    const int low = static_cast<int>(position);
    taps[i] = {low, std::min(low + 1, in - 1), static_cast<float>(position - low)};
  }
  return taps;
}

}  // namespace

bool NeedsGlobalScores(const TilingOptions& options, size_t tiles) {
  return options.global_weight > 0 && tiles > 1;
}

void MixInGlobalScores(const ScoreGrid& global, int width, int height, const Tile& tile, float weight,
                       ScoreGrid* scores) {
  const Box& window = tile.window;
  const auto rows = TapsInWhole(global.height, height, window.y, window.height, scores->height);
  const auto columns = TapsInWhole(global.width, width, window.x, window.width, scores->width);
  const auto point = [&](int y, int x) {
    return global.values.data() + (size_t{1} * y * global.width + x) * global.candidates;
  };
  float* out = scores->values.data();
  for (const BilinearTap& row : rows) {
    for (const BilinearTap& column : columns) {
      const float *top_left = point(row.low, column.low), *top_right = point(row.low, column.high);
      const float *bottom_left = point(row.high, column.low), *bottom_right = point(row.high, column.high);
      for (int k = 0; k < scores->candidates; ++k, ++out) {
        const float top = top_left[k] + (top_right[k] - top_left[k]) * column.weight;
        const float bottom = bottom_left[k] + (bottom_right[k] - bottom_left[k]) * column.weight;
        *out += (top + (bottom - top) * row.weight - *out) * weight;
      }
    }
  }
}

}  // namespace pixelclip
