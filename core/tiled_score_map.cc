#include "core/tiled_score_map.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace pixelclip {
namespace {

// Steps of an 8-bit map for each unit of score.
float Scale(float lowest, float highest) { return highest > lowest ? 255 / (highest - lowest) : 0; }

uint8_t ToStep(float score, float lowest, float scale) {
  return static_cast<uint8_t>(std::lround((score - lowest) * scale));
}

}  // namespace

TiledScoreMap::TiledScoreMap(std::string name, int width, int height)
    : map_{std::move(name), 0, 0, {width, height, std::vector<uint8_t>(size_t{1} * width * height)}} {}

void TiledScoreMap::AddTile(const Box& part, const std::vector<float>& scores) {
  const auto [lowest, highest] = std::minmax_element(scores.begin(), scores.end());
  const float offset = *lowest, scale = Scale(*lowest, *highest);
  auto in = scores.begin();
  for (int y = part.y; y < part.y + part.height; ++y, in += part.width) {
    uint8_t* out = map_.values.pixels.data() + size_t{1} * y * map_.values.width + part.x;
    std::transform(in, in + part.width, out, [&](float score) { return ToStep(score, offset, scale); });
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  ranges_.push_back({part, *lowest, *highest});
}

ScoreMap TiledScoreMap::Finish() {
  const std::lock_guard<std::mutex> lock(mutex_);
  map_.min_score = ranges_.front().lowest;
  map_.max_score = ranges_.front().highest;
  for (const TileRange& range : ranges_) {
    map_.min_score = std::min(map_.min_score, range.lowest);
    map_.max_score = std::max(map_.max_score, range.highest);
  }
  const float scale = Scale(map_.min_score, map_.max_score);
  for (const TileRange& range : ranges_) {
    std::array<uint8_t, 256> common;  // step in the common range of each step in the tile's
    for (int i = 0; i < 256; ++i) {
      const float score = range.lowest + static_cast<float>(i) / 255 * (range.highest - range.lowest);
      common[i] = ToStep(score, map_.min_score, scale);
    }
    for (int y = range.part.y; y < range.part.y + range.part.height; ++y) {
      uint8_t* row = map_.values.pixels.data() + size_t{1} * y * map_.values.width + range.part.x;
      std::transform(row, row + range.part.width, row, [&](uint8_t step) { return common[step]; });
    }
  }
  return std::move(map_);
}

}  // namespace pixelclip
