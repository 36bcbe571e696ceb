#include "core/score_grid.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/matmul.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <numeric>
#include <string_view>
#include <vector>

#include "core/bilinear.h"
#include "core/cpu_clones.h"
#include "core/model/plain_array.h"

namespace pixelclip {
namespace {

constexpr int kSide = 64;
constexpr float kSmallestNorm = 1e-12f;  // as published; zeros stay zeros

// Between two arrays, times `scale`.
PIXELCLIP_CPU_CLONES
void InterpolateArrays(const float* low, const float* high, float weight, float scale, size_t size,
                       float* out) {
  for (size_t i = 0; i < size; ++i) out[i] = Interpolate(low[i], high[i], weight) * scale;
}

PIXELCLIP_CPU_CLONES
float Norm(const float* values, size_t size) {
  constexpr size_t kLanes = 16;
  std::array<float, kLanes> squares = {};
  size_t i = 0;
  for (; i + kLanes <= size; i += kLanes) {
    for (size_t lane = 0; lane < kLanes; ++lane) {
      squares[lane] = std::fma(values[i + lane], values[i + lane], squares[lane]);
    }
  }
  for (; i < size; ++i) squares[0] = std::fma(values[i], values[i], squares[0]);
  return std::sqrt(std::accumulate(squares.begin(), squares.end(), 0.0f));
}

// For each embedding, the first one with the same bits: mostly itself.
std::vector<int> FirstOfEquals(const TextFeatures& embeddings) {
  const size_t bytes = embeddings.channels * sizeof(float);
  const char* row = reinterpret_cast<const char*>(embeddings.values.data());
  std::map<std::string_view, int> known;
  std::vector<int> first;
  for (int k = 0; k < embeddings.count; ++k, row += bytes) {
    first.push_back(known.emplace(std::string_view(row, bytes), k).first->second);
  }
  return first;
}

// Scores of equal embeddings may differ by a rounding: a matrix product has other kernels for its last
// columns. Made equal, so that the lowest index wins a tie. products: [rows, candidates].
void UniteEquals(const std::vector<int>& first, float* products, int64_t rows) {
  for (size_t k = 0; k < first.size(); ++k) {
    if (first[k] == static_cast<int>(k)) continue;
    for (int64_t row = 0; row < rows; ++row) {
      float* const scores = products + row * static_cast<int64_t>(first.size());
      scores[k] = scores[first[k]];
    }
  }
}

// One row at a time of an array [height, width, depth], resized.
class ResizedRow {
 public:
  ResizedRow(const float* values, int width, int depth)
      : values_(values), depth_(depth), row_(size_t{1} * width * depth) {}

  void MoveTo(const BilinearTap& tap) {
    InterpolateArrays(values_ + tap.low * row_.size(), values_ + tap.high * row_.size(), tap.weight, 1,
                      row_.size(), row_.data());
  }

  // Writes the vector at a column, times `scale`.
  void Write(const BilinearTap& tap, float scale, float* out) const {
    InterpolateArrays(row_.data() + tap.low * depth_, row_.data() + tap.high * depth_, tap.weight, scale,
                      depth_, out);
  }

 private:
  const float* values_;
  size_t depth_;
  std::vector<float> row_;
};

}  // namespace

// The product is linear, so it is taken before the resizing, of fewer vectors; the norm is not.
ScoreGrid MakeScoreGrid(const DenseFeatures& features, const TextFeatures& embeddings) {
  const int width = features.width, channels = features.channels, candidates = embeddings.count;
  const at::Tensor dense = ViewAsTensor(features.values, {int64_t{1} * features.height * width, channels});
  const at::Tensor texts = ViewAsTensor(embeddings.values, {candidates, embeddings.channels});
  const at::Tensor products = at::matmul(dense, texts.t());
  UniteEquals(FirstOfEquals(embeddings), products.mutable_data_ptr<float>(), products.size(0));

  ScoreGrid grid{kSide, kSide, candidates, std::vector<float>(size_t{1} * kSide * kSide * candidates)};
  ResizedRow feature_row(features.values.data(), width, channels);
  ResizedRow product_row(products.const_data_ptr<float>(), width, candidates);
  std::vector<float> feature(channels);
  const std::vector<BilinearTap> columns = BilinearTaps(width, kSide);
  float* out = grid.values.data();
  for (const BilinearTap& row : BilinearTaps(features.height, kSide)) {
    feature_row.MoveTo(row);
    product_row.MoveTo(row);
    for (const BilinearTap& column : columns) {
      feature_row.Write(column, 1, feature.data());
      product_row.Write(column, 1 / std::max(Norm(feature.data(), channels), kSmallestNorm), out);
      out += candidates;
    }
  }
  return grid;
}

}  // namespace pixelclip
