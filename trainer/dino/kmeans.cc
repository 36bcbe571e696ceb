#include "trainer/dino/kmeans.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <random>
#include <utility>

namespace pixelclip {
namespace {

class Lloyd {
 public:
  Lloyd(const std::vector<float>& points, int width, std::vector<float> centers)
      : points_(points),
        width_(width),
        clusters_(static_cast<int>(centers.size()) / width),
        centers_(std::move(centers)),
        nearest_(points.size() / width) {}

  // Gives every point to its nearest centre: the one with the least |c|^2 - 2 p.c.
  void Assign() {
    // The centres' coordinates side by side let the inner loop run over the clusters.
    std::vector<float> columns(centers_.size());
    std::vector<float> squares(clusters_);
    for (int k = 0; k < clusters_; ++k) {
      for (int d = 0; d < width_; ++d) {
        const float value = centers_[k * width_ + d];
        columns[d * clusters_ + k] = value;
        squares[k] += value * value;
      }
    }
    std::vector<float> products(clusters_);
    for (size_t i = 0; i < nearest_.size(); ++i) {
      std::fill(products.begin(), products.end(), 0.0f);
      const float* point = points_.data() + i * width_;
      for (int d = 0; d < width_; ++d) {
        const float* column = columns.data() + d * clusters_;
        for (int k = 0; k < clusters_; ++k) products[k] += point[d] * column[k];
      }
      float least = std::numeric_limits<float>::infinity();
      for (int k = 0; k < clusters_; ++k) {
        const float distance = squares[k] - 2 * products[k];
        if (distance < least) {
          least = distance;
          nearest_[i] = k;
        }
      }
    }
  }

  // Moves every centre to the mean of its points. Returns how far they went together, squared.
  double Move() {
    std::vector<double> sums(centers_.size());
    std::vector<int> counts(clusters_);
    for (size_t i = 0; i < nearest_.size(); ++i) {
      ++counts[nearest_[i]];
      double* sum = sums.data() + nearest_[i] * width_;
      for (int d = 0; d < width_; ++d) sum[d] += points_[i * width_ + d];
    }
    double moved = 0;
    for (int k = 0; k < clusters_; ++k) {
      for (int d = 0; d < width_; ++d) {
        float& center = centers_[k * width_ + d];
        const double mean = counts[k] == 0 ? 0 : sums[k * width_ + d] / counts[k];
        moved += (mean - center) * (mean - center);
        center = static_cast<float>(mean);
      }
    }
    return moved;
  }

  std::vector<int> nearest() && { return std::move(nearest_); }

 private:
  const std::vector<float>& points_;
  const int width_;
  const int clusters_;
  std::vector<float> centers_;  // [clusters, width]
  std::vector<int> nearest_;    // of each point
};

}  // namespace

std::vector<int> DrawRows(int rows, int count, uint64_t seed) {
  std::vector<int> order(rows);
  std::iota(order.begin(), order.end(), 0);
  std::mt19937_64 random(seed);
  for (int i = 0; i < count; ++i) std::swap(order[i], order[i + random() % (rows - i)]);
  order.resize(count);
  return order;
}

std::vector<int> KMeans(const std::vector<float>& points, int width, std::vector<float> centers,
                        const KMeansOptions& options) {
  Lloyd lloyd(points, width, std::move(centers));
  for (int i = 0; i < options.max_iterations; ++i) {
    lloyd.Assign();
    if (lloyd.Move() <= options.tolerance) break;
  }
  return std::move(lloyd).nearest();
}

}  // namespace pixelclip
