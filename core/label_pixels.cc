#include "core/label_pixels.h"

#include <algorithm>
#include <array>
#include <cfloat>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "core/bilinear.h"
#include "core/cpu_clones.h"

namespace pixelclip {
namespace {

// Pixels, or candidates, that are worked on at once.
constexpr int kLanes = 16;
// Rows that are kept at once; those of a cell of a very tall picture come in several parts.
constexpr int kMaxRows = 64;

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

std::vector<Run> CellRuns(const std::vector<BilinearTap>& taps, int longest) {
  std::vector<Run> runs;
  for (int i = 0; i < static_cast<int>(taps.size()); ++i) {
    const bool same_cell = !runs.empty() && taps[i].low == taps[i - 1].low;
    if (!same_cell || i - runs.back().begin == longest) runs.push_back({i, i});
    runs.back().end = i + 1;
  }
  return runs;
}

std::vector<float> WeightsOf(const std::vector<BilinearTap>& taps) {
  std::vector<float> weights;
  for (const BilinearTap& tap : taps) weights.push_back(tap.weight);
  return weights;
}

const float* ScoresAt(const ScoreGrid& grid, int y, int x) {
  return grid.values.data() + (size_t{1} * y * grid.width + x) * grid.candidates;
}

// All candidates' scores at the four grid points around one cell.
struct Cell {
  const float* top_left;
  const float* top_right;
  const float* bottom_left;
  const float* bottom_right;

  Cell(const ScoreGrid& grid, const BilinearTap& row, const BilinearTap& column)
      : top_left(ScoresAt(grid, row.low, column.low)),
        top_right(ScoresAt(grid, row.low, column.high)),
        bottom_left(ScoresAt(grid, row.high, column.low)),
        bottom_right(ScoresAt(grid, row.high, column.high)) {}

  float Lowest(int k) const {
    return std::min(std::min(top_left[k], top_right[k]), std::min(bottom_left[k], bottom_right[k]));
  }
  float Highest(int k) const {
    return std::max(std::max(top_left[k], top_right[k]), std::max(bottom_left[k], bottom_right[k]));
  }
};

// Writes each candidate's highest corner; returns the best of their lowest corners.
PIXELCLIP_CPU_CLONES
float FindBounds(const Cell& cell, int candidates, float* highest) {
  std::array<float, kLanes> best;
  best.fill(-FLT_MAX);
  const int whole = candidates - candidates % kLanes;
  for (int k = 0; k < whole; k += kLanes) {
    for (int i = 0; i < kLanes; ++i) {
      highest[k + i] = cell.Highest(k + i);
      best[i] = std::max(best[i], cell.Lowest(k + i));
    }
  }
  for (int k = whole; k < candidates; ++k) {
    highest[k] = cell.Highest(k);
    best[0] = std::max(best[0], cell.Lowest(k));
  }
  return *std::max_element(best.begin(), best.end());
}

// Whether any of `count` values is not below the bar.
PIXELCLIP_CPU_CLONES
bool AnyReaches(const float* values, int count, float bar) {
  int any = 0;
  for (int i = 0; i < count; ++i) any |= static_cast<int>(!(values[i] < bar));
  return any != 0;
}

// A candidate that can win somewhere in one cell, with its scores at the corners.
struct Finalist {
  uint32_t index;
  float top_left, top_right, bottom_left, bottom_right;
};

// Chooses the finalists of one cell after the other; keeps its memory.
class Finalists {
 public:
  explicit Finalists(int candidates) : highest_(candidates) {}

  // In ascending order, at least one.
  const std::vector<Finalist>& Choose(const Cell& cell) {
    const auto candidates = static_cast<int>(highest_.size());
    const float best = FindBounds(cell, candidates, highest_.data());
    // Rounding is monotonic, so no pixel's score exceeds what it would be with the highest corner everywhere.
    // That is the highest corner itself but for 5 * 2^-24 of it: each of two interpolations adds a rounding
    // of the weights' sum, by 2^-25, and two by 2^-24. The same holds for the lowest corner. So whoever stays
    // below this bar has in every pixel a lower score, never an equal one, than the best.
    const float bar = best - (1e-6f * std::abs(best) + FLT_MIN);
    chosen_.clear();
    for (int begin = 0; begin < candidates; begin += kChunk) {
      const int count = std::min(kChunk, candidates - begin);
      if (!AnyReaches(&highest_[begin], count, bar)) continue;
      for (int k = begin; k < begin + count; ++k) {
        if (highest_[k] < bar) continue;
        chosen_.push_back({static_cast<uint32_t>(k), cell.top_left[k], cell.top_right[k], cell.bottom_left[k],
                           cell.bottom_right[k]});
      }
    }
    return chosen_;
  }

 private:
  static constexpr int kChunk = 64;

  std::vector<float> highest_;
  std::vector<Finalist> chosen_;
};

// The rows that a cell's pixels lie in, with the best so far of each pixel.
struct Rows {
  int count = 0;
  size_t stride = 0;
  std::vector<uint32_t> labels;  // [count, stride]
  std::vector<float> scores;     // [count, stride]
};

// Labels kLanes columns from `x` on. Columns behind the cell's last one get values without meaning.
PIXELCLIP_CPU_CLONES
void Compare(const std::vector<Finalist>& finalists, const float* row_weights, const float* column_weights,
             int x, Rows* rows) {
  for (const Finalist& one : finalists) {
    std::array<float, kLanes> top, bottom;
    for (int i = 0; i < kLanes; ++i) {
      top[i] = Interpolate(one.top_left, one.top_right, column_weights[x + i]);
      bottom[i] = Interpolate(one.bottom_left, one.bottom_right, column_weights[x + i]);
    }
    const uint32_t index = one.index;
    const bool first = &one == finalists.data();
    for (int y = 0; y < rows->count; ++y) {
      const float weight = row_weights[y];
      uint32_t* labels = rows->labels.data() + y * rows->stride + x;
      float* scores = rows->scores.data() + y * rows->stride + x;
      for (int i = 0; i < kLanes; ++i) {
        const float score = Interpolate(top[i], bottom[i], weight);
        const bool better = first || score > scores[i];
        scores[i] = better ? score : scores[i];
        labels[i] = better ? index : labels[i];
      }
    }
  }
}

// Between two rows of scores.
PIXELCLIP_CPU_CLONES
void InterpolateRow(const float* top, const float* bottom, float weight, int width, float* out) {
  for (int x = 0; x < width; ++x) out[x] = Interpolate(top[x], bottom[x], weight);
}

}  // namespace

void LabelRows(const ScoreGrid& grid, int width, int height, const Box& part, const TakeLabels& take) {
  const std::vector<BilinearTap> rows = TapsOf(grid.height, height, part.y, part.height);
  const std::vector<BilinearTap> columns = TapsOf(grid.width, width, part.x, part.width);
  const std::vector<float> row_weights = WeightsOf(rows);
  std::vector<float> column_weights = WeightsOf(columns);
  column_weights.resize(part.width + kLanes);
  const std::vector<Run> column_runs = CellRuns(columns, part.width);
  Finalists finalists(grid.candidates);
  Rows best;
  best.stride = part.width + kLanes;
  std::vector<uint16_t> labels(part.width);
  for (const Run& row_run : CellRuns(rows, kMaxRows)) {
    best.count = row_run.end - row_run.begin;
    best.labels.resize(best.count * best.stride);
    best.scores.resize(best.count * best.stride);
    for (const Run& run : column_runs) {
      const auto& chosen = finalists.Choose(Cell(grid, rows[row_run.begin], columns[run.begin]));
      for (int x = run.begin; x < run.end; x += kLanes) {
        Compare(chosen, &row_weights[row_run.begin], column_weights.data(), x, &best);
      }
    }
    for (int y = 0; y < best.count; ++y) {
      const uint32_t* row = best.labels.data() + y * best.stride;
      std::transform(row, row + part.width, labels.begin(),
                     [](uint32_t label) { return static_cast<uint16_t>(label); });
      take(part.y + row_run.begin + y, labels.data(), best.scores.data() + y * best.stride);
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
  const auto interpolate_columns = [&](int y, std::vector<float>* row) {
    for (int x = 0; x < part.width; ++x) {
      const BilinearTap& tap = columns[x];
      (*row)[x] = Interpolate(ScoresAt(grid, y, tap.low)[candidate], ScoresAt(grid, y, tap.high)[candidate],
                              tap.weight);
    }
  };
  std::vector<float> scores(size_t{1} * part.width * part.height);
  std::vector<float> top(part.width), bottom(part.width);
  float* out = scores.data();
  int low = -1;
  for (const BilinearTap& row : TapsOf(grid.height, height, part.y, part.height)) {
    if (row.low != low) {
      low = row.low;
      interpolate_columns(row.low, &top);
      interpolate_columns(row.high, &bottom);
    }
    InterpolateRow(top.data(), bottom.data(), row.weight, part.width, out);
    out += part.width;
  }
  return scores;
}

std::vector<float> UpsampleScores(const ScoreGrid& grid, int candidate, int width, int height) {
  return UpsampleScores(grid, candidate, width, height, {0, 0, width, height});
}

}  // namespace pixelclip
