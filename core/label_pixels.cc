#include "core/label_pixels.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "core/bilinear.h"

namespace pixelclip {
namespace {

// Larger than any rounding of a bilinear score, far smaller than any difference that means something.
constexpr float kRoundingSlack = 1e-5f;

// Neighbouring output samples whose taps lie between the same two grid points: [begin, end).
struct Run {
  int begin = 0;
  int end = 0;
};

std::vector<Run> CellRuns(const std::vector<BilinearTap>& taps) {
  std::vector<Run> runs;
  for (int i = 0; i < static_cast<int>(taps.size()); ++i) {
    if (runs.empty() || taps[i].low != taps[i - 1].low) runs.push_back({i, i});
    runs.back().end = i + 1;
  }
  return runs;
}

// One candidate's scores at a cell's corners.
struct Corners {
  float top_left, top_right, bottom_left, bottom_right;

  float Lowest() const {
    return std::min(std::min(top_left, top_right), std::min(bottom_left, bottom_right));
  }
  float Highest() const {
    return std::max(std::max(top_left, top_right), std::max(bottom_left, bottom_right));
  }
  float At(float row_weight, float column_weight) const {
    const float top = top_left + (top_right - top_left) * column_weight;
    const float bottom = bottom_left + (bottom_right - bottom_left) * column_weight;
    return top + (bottom - top) * row_weight;
  }
};

// The four grid points around one cell.
class Cell {
 public:
  Cell(const ScoreGrid& grid, const BilinearTap& row, const BilinearTap& column)
      : top_left_(Point(grid, row.low, column.low)),
        top_right_(Point(grid, row.low, column.high)),
        bottom_left_(Point(grid, row.high, column.low)),
        bottom_right_(Point(grid, row.high, column.high)) {}

  Corners Of(int candidate) const {
    return {top_left_[candidate], top_right_[candidate], bottom_left_[candidate], bottom_right_[candidate]};
  }

 private:
  static const float* Point(const ScoreGrid& grid, int y, int x) {
    return grid.values.data() + (size_t{1} * y * grid.width + x) * grid.candidates;
  }

  const float* top_left_;
  const float* top_right_;
  const float* bottom_left_;
  const float* bottom_right_;
};

}  // namespace

PixelLabels LabelPixels(const ScoreGrid& grid, int width, int height) {
  const std::vector<BilinearTap> rows = BilinearTaps(grid.height, height);
  const std::vector<BilinearTap> columns = BilinearTaps(grid.width, width);
  const std::vector<Run> row_runs = CellRuns(rows);
  const std::vector<Run> column_runs = CellRuns(columns);
  const size_t pixels = size_t{1} * width * height;
  PixelLabels result{{width, height, std::vector<uint16_t>(pixels)}, std::vector<float>(pixels)};

  std::vector<uint16_t> finalists;
  std::vector<Corners> finalist_corners;
  for (const Run& row_run : row_runs) {
    for (const Run& column_run : column_runs) {
      const Cell cell(grid, rows[row_run.begin], columns[column_run.begin]);
      float bar = -2;  // below every cosine
      for (int k = 0; k < grid.candidates; ++k) bar = std::max(bar, cell.Of(k).Lowest());
      finalists.clear();
      finalist_corners.clear();
      for (int k = 0; k < grid.candidates; ++k) {
        const Corners corners = cell.Of(k);
        if (corners.Highest() < bar - kRoundingSlack) continue;
        finalists.push_back(static_cast<uint16_t>(k));
        finalist_corners.push_back(corners);
      }

      for (int y = row_run.begin; y < row_run.end; ++y) {
        for (int x = column_run.begin; x < column_run.end; ++x) {
          size_t best = 0;
          float best_score = finalist_corners[0].At(rows[y].weight, columns[x].weight);
          for (size_t i = 1; i < finalists.size(); ++i) {
            const float score = finalist_corners[i].At(rows[y].weight, columns[x].weight);
            if (score > best_score) {
              best = i;
              best_score = score;
            }
          }
          const size_t pixel = size_t{1} * y * width + x;
          result.labels.labels[pixel] = finalists[best];
          result.scores[pixel] = best_score;
        }
      }
    }
  }
  return result;
}

std::vector<float> UpsampleScores(const ScoreGrid& grid, int candidate, int width, int height) {
  const std::vector<BilinearTap> columns = BilinearTaps(grid.width, width);
  std::vector<float> scores;
  scores.reserve(size_t{1} * width * height);
  for (const BilinearTap& row : BilinearTaps(grid.height, height)) {
    for (const BilinearTap& column : columns) {
      scores.push_back(Cell(grid, row, column).Of(candidate).At(row.weight, column.weight));
    }
  }
  return scores;
}

}  // namespace pixelclip
