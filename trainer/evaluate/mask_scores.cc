#include "trainer/evaluate/mask_scores.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace pixelclip {

MaskScores::MaskScores(const ScoreGrid& grid, int width, int height)
    : grid_(grid),
      height_(height),
      rows_(BilinearTaps(grid.height, height)),
      columns_(BilinearTaps(grid.width, width)),
      weights_(static_cast<size_t>(grid.height) * grid.width) {}

std::vector<float> MaskScores::Mean(const RunMask& mask) {
  std::fill(weights_.begin(), weights_.end(), 0);
  const auto add = [this](int row, const BilinearTap& column, double weight) {
    double* points = weights_.data() + static_cast<size_t>(row) * grid_.width;
    points[column.low] += weight * (1 - column.weight);
    points[column.high] += weight * column.weight;
  };
  for (const PixelRun& run : mask) {
    for (uint32_t i = run.begin; i < run.end; ++i) {
      const BilinearTap& row = rows_[i % height_];
      const BilinearTap& column = columns_[i / height_];
      add(row.low, column, 1 - row.weight);
      add(row.high, column, row.weight);
    }
  }

  std::vector<double> sums(grid_.candidates);
  for (size_t point = 0; point < weights_.size(); ++point) {
    if (weights_[point] == 0) continue;
    const float* scores = grid_.values.data() + point * grid_.candidates;
    for (int k = 0; k < grid_.candidates; ++k) sums[k] += weights_[point] * scores[k];
  }
  const auto area = static_cast<double>(AreaOf(mask));
  std::vector<float> means;
  for (const double sum : sums) means.push_back(static_cast<float>(sum / area));
  return means;
}

}  // namespace pixelclip
