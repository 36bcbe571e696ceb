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

// The taps of `count` output samples from `begin` on.
std::vector<BilinearTap> TapsOf(int in, int out, int begin, int count) {
  const std::vector<BilinearTap> all = BilinearTaps(in, out);
  return {all.begin() + begin, all.begin() + begin + count};
}

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

// The candidates that can win somewhere in one cell.
class Finalists {
 public:
  void Choose(const Cell& cell, int candidates) {
    float bar = -2;  // below every cosine
    for (int k = 0; k < candidates; ++k) bar = std::max(bar, cell.Of(k).Lowest());
    indices_.clear();
    corners_.clear();
    for (int k = 0; k < candidates; ++k) {
      const Corners corners = cell.Of(k);
      if (corners.Highest() < bar - kRoundingSlack) continue;
      indices_.push_back(static_cast<uint16_t>(k));
      corners_.push_back(corners);
    }
  }

  void FindBest(float row_weight, float column_weight, uint16_t* label, float* score) const {
    size_t best = 0;
    float best_score = corners_[0].At(row_weight, column_weight);
    for (size_t i = 1; i < corners_.size(); ++i) {
      const float other = corners_[i].At(row_weight, column_weight);
      if (other > best_score) {
        best = i;
        best_score = other;
      }
    }
    *label = indices_[best];
    *score = best_score;
  }

 private:
  std::vector<uint16_t> indices_;
  std::vector<Corners> corners_;
};

}  // namespace

void LabelRows(const ScoreGrid& grid, int width, int height, const Box& part, const TakeLabels& take) {
  const std::vector<BilinearTap> rows = TapsOf(grid.height, height, part.y, part.height);
  const std::vector<BilinearTap> columns = TapsOf(grid.width, width, part.x, part.width);
  const std::vector<Run> column_runs = CellRuns(columns);
  std::vector<uint16_t> labels;
  std::vector<float> scores;
  Finalists finalists;
  for (const Run& row_run : CellRuns(rows)) {
    labels.resize(size_t{1} * (row_run.end - row_run.begin) * part.width);
    scores.resize(labels.size());
    for (const Run& column_run : column_runs) {
      finalists.Choose(Cell(grid, rows[row_run.begin], columns[column_run.begin]), grid.candidates);
      for (int y = row_run.begin; y < row_run.end; ++y) {
        const size_t row = size_t{1} * (y - row_run.begin) * part.width;
        for (int x = column_run.begin; x < column_run.end; ++x) {
          finalists.FindBest(rows[y].weight, columns[x].weight, &labels[row + x], &scores[row + x]);
        }
      }
    }
    for (int y = row_run.begin; y < row_run.end; ++y) {
      const size_t row = size_t{1} * (y - row_run.begin) * part.width;
      take(part.y + y, labels.data() + row, scores.data() + row);
    }
  }
}

PixelLabels LabelPixels(const ScoreGrid& grid, int width, int height) {
  const size_t pixels = size_t{1} * width * height;
  PixelLabels result{{width, height, std::vector<uint16_t>(pixels)}, std::vector<float>(pixels)};
  LabelRows(grid, width, height, {0, 0, width, height},
            [&](int y, const uint16_t* labels, const float* scores) {
              std::copy_n(labels, width, result.labels.labels.begin() + size_t{1} * y * width);
              std::copy_n(scores, width, result.scores.begin() + size_t{1} * y * width);
            });
  return result;
}

std::vector<float> UpsampleScores(const ScoreGrid& grid, int candidate, int width, int height,
                                  const Box& part) {
  const std::vector<BilinearTap> columns = TapsOf(grid.width, width, part.x, part.width);
  std::vector<float> scores;
  scores.reserve(size_t{1} * part.width * part.height);
  for (const BilinearTap& row : TapsOf(grid.height, height, part.y, part.height)) {
    for (const BilinearTap& column : columns) {
      scores.push_back(Cell(grid, row, column).Of(candidate).At(row.weight, column.weight));
    }
  }
  return scores;
}

std::vector<float> UpsampleScores(const ScoreGrid& grid, int candidate, int width, int height) {
  return UpsampleScores(grid, candidate, width, height, {0, 0, width, height});
}

}  // namespace pixelclip
