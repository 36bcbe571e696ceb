#include "trainer/figures/tsne.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <utility>

#include "absl/strings/str_cat.h"

namespace pixelclip {
namespace {

// [n, n], row-major.
class SquareMatrix {
 public:
  explicit SquareMatrix(int n) : n_(n), values_(static_cast<size_t>(n) * n) {}

  double& operator()(int i, int j) { return values_[static_cast<size_t>(i) * n_ + j]; }
  double operator()(int i, int j) const { return values_[static_cast<size_t>(i) * n_ + j]; }
  double* row(int i) { return &values_[static_cast<size_t>(i) * n_]; }
  int size() const { return n_; }

 private:
  int n_;
  std::vector<double> values_;
};

SquareMatrix SquaredDistances(const std::vector<float>& rows, int width) {
  const int n = static_cast<int>(rows.size()) / width;
  SquareMatrix distances(n);
  for (int i = 0; i < n; ++i) {
    for (int j = 0; j < i; ++j) {
      double sum = 0;
      for (int d = 0; d < width; ++d) {
        const double difference = static_cast<double>(rows[static_cast<size_t>(i) * width + d]) -
                                  rows[static_cast<size_t>(j) * width + d];
        sum += difference * difference;
      }
      distances(i, j) = distances(j, i) = sum;
    }
  }
  return distances;
}

// Gives the neighbours of point i Gaussian shares, in place of their distances, with the precision at which
// the shares' entropy is log(perplexity).
void SpreadOverNeighbours(int i, double perplexity, SquareMatrix& matrix) {
  constexpr int kBisections = 64;
  const int n = matrix.size();
  double* row = matrix.row(i);
  double nearest = std::numeric_limits<double>::infinity(), mean = 0;
  for (int j = 0; j < n; ++j) {
    if (j == i) continue;
    nearest = std::min(nearest, row[j]);
    mean += row[j] / (n - 1);
  }
  double low = 0, high = std::numeric_limits<double>::infinity();
  double precision = 1 / std::max(mean, 1e-300);
  for (int step = 0; step < kBisections; ++step) {
    // Distances beyond the nearest one's keep the largest term at 1.
    double sum = 0, weighted = 0;
    for (int j = 0; j < n; ++j) {
      if (j == i) continue;
      const double beyond = row[j] - nearest;
      const double share = std::exp(-precision * beyond);
      sum += share;
      weighted += share * beyond;
    }
    const double entropy = std::log(sum) + precision * weighted / sum;
    if (std::abs(entropy - std::log(perplexity)) < 1e-8) break;
    (entropy > std::log(perplexity) ? low : high) = precision;
    precision = std::isinf(high) ? 2 * precision : (low + high) / 2;
    if (std::isinf(precision)) break;  // more equally near points than the perplexity asks for
  }
  double sum = 0;
  for (int j = 0; j < n; ++j) {
    row[j] = j == i ? 0 : std::exp(-std::min(precision, 1e300) * (row[j] - nearest));
    sum += row[j];
  }
  for (int j = 0; j < n; ++j) row[j] /= sum;
}

// Joint probabilities of neighbours.
SquareMatrix Affinities(SquareMatrix distances, double perplexity) {
  const int n = distances.size();
  for (int i = 0; i < n; ++i) SpreadOverNeighbours(i, perplexity, distances);
  for (int i = 0; i < n; ++i) {
    for (int j = 0; j < i; ++j) {
      const double joint = std::max((distances(i, j) + distances(j, i)) / (2.0 * n), 1e-12);
      distances(i, j) = distances(j, i) = joint;
    }
  }
  return distances;
}

// Scores on the two principal components, by power iteration on the rows' products: the two coordinates of
// each row, the first with a standard deviation of 1e-4, as t-SNE likes to begin.
std::vector<Point2> PrincipalPlane(const SquareMatrix& squared_distances, std::mt19937_64& random) {
  constexpr int kIterations = 200;
  const int n = squared_distances.size();
  // Products of the centred rows, from their distances.
  std::vector<double> means(n);
  double total = 0;
  for (int i = 0; i < n; ++i) {
    for (int j = 0; j < n; ++j) means[i] += squared_distances(i, j) / n;
    total += means[i] / n;
  }
  SquareMatrix products(n);
  for (int i = 0; i < n; ++i) {
    for (int j = 0; j < n; ++j) products(i, j) = (means[i] + means[j] - total - squared_distances(i, j)) / 2;
  }
  std::vector<std::vector<double>> axes;
  std::vector<double> lengths;
  for (int axis = 0; axis < 2; ++axis) {
    std::vector<double> vector(n);
    for (double& value : vector) value = static_cast<double>(random() >> 11) * 0x1p-53 - 0.5;
    double length = 0;
    for (int step = 0; step < kIterations; ++step) {
      for (const std::vector<double>& other : axes) {
        double overlap = 0;
        for (int i = 0; i < n; ++i) overlap += vector[i] * other[i];
        for (int i = 0; i < n; ++i) vector[i] -= overlap * other[i];
      }
      double norm = 0;
      for (const double value : vector) norm += value * value;
      norm = std::sqrt(norm);
      if (norm == 0) break;
      for (double& value : vector) value /= norm;
      if (step + 1 == kIterations) break;
      std::vector<double> next(n);
      for (int i = 0; i < n; ++i) {
        for (int j = 0; j < n; ++j) next[i] += products(i, j) * vector[j];
      }
      length = norm;
      vector = std::move(next);
    }
    axes.push_back(std::move(vector));
    lengths.push_back(std::sqrt(std::max(length, 0.0)));
  }
  const double deviation = lengths[0] / std::sqrt(static_cast<double>(n));
  const double scale = deviation > 0 ? 1e-4 / deviation : 0;
  std::vector<Point2> plane(n);
  for (int i = 0; i < n; ++i) {
    // Noise far below the scale lets equal points move apart.
    const auto noise = [&random] { return (static_cast<double>(random() >> 11) * 0x1p-53 - 0.5) * 1e-8; };
    plane[i] = {axes[0][i] * lengths[0] * scale + noise(), axes[1][i] * lengths[1] * scale + noise()};
  }
  return plane;
}

// Gradient descent with momentum and a gain for each coordinate.
class Descent {
 public:
  Descent(const SquareMatrix& affinities, std::vector<Point2> start)
      : affinities_(affinities),
        n_(affinities.size()),
        points_(std::move(start)),
        velocities_(n_),
        gains_(n_, {1, 1}),
        kernel_(n_) {}

  void Step(double exaggeration, double momentum, double rate) {
    double total = 0;
    for (int i = 0; i < n_; ++i) {
      for (int j = 0; j < i; ++j) {
        const double dx = points_[i].x - points_[j].x, dy = points_[i].y - points_[j].y;
        const double kernel = 1 / (1 + dx * dx + dy * dy);
        kernel_(i, j) = kernel_(j, i) = kernel;
        total += 2 * kernel;
      }
    }
    for (int i = 0; i < n_; ++i) {
      Point2 gradient;
      for (int j = 0; j < n_; ++j) {
        if (j == i) continue;
        const double pull = 4 * (exaggeration * affinities_(i, j) - kernel_(i, j) / total) * kernel_(i, j);
        gradient.x += pull * (points_[i].x - points_[j].x);
        gradient.y += pull * (points_[i].y - points_[j].y);
      }
      Accelerate(gradient.x, momentum, rate, velocities_[i].x, gains_[i].x);
      Accelerate(gradient.y, momentum, rate, velocities_[i].y, gains_[i].y);
    }
    Point2 mean;
    for (int i = 0; i < n_; ++i) {
      points_[i].x += velocities_[i].x;
      points_[i].y += velocities_[i].y;
      mean.x += points_[i].x / n_;
      mean.y += points_[i].y / n_;
    }
    for (Point2& point : points_) point = {point.x - mean.x, point.y - mean.y};
  }

  std::vector<Point2> points() && { return std::move(points_); }

 private:
  static void Accelerate(double gradient, double momentum, double rate, double& velocity, double& gain) {
    gain = (gradient > 0) != (velocity > 0) ? gain + 0.2 : std::max(0.8 * gain, 0.01);
    velocity = momentum * velocity - rate * gain * gradient;
  }

  const SquareMatrix& affinities_;
  const int n_;
  std::vector<Point2> points_, velocities_, gains_;
  SquareMatrix kernel_;
};

absl::Status Check(const std::vector<float>& rows, int width, const TsneOptions& options) {
  if (width < 1 || rows.size() % width != 0) {
    return absl::InvalidArgumentError(absl::StrCat(rows.size(), " numbers in rows of ", width));
  }
  const size_t n = rows.size() / width;
  if (n < 2 || n > kMaxTsnePoints) {
    return absl::InvalidArgumentError(absl::StrCat(n, " points for t-SNE, expected 2 to ", kMaxTsnePoints));
  }
  if (!std::all_of(rows.begin(), rows.end(), [](float value) { return std::isfinite(value); })) {
    return absl::InvalidArgumentError("points for t-SNE are not finite");
  }
  if (!(options.perplexity >= 1) || !(options.exaggeration >= 1) || options.iterations < 0) {
    return absl::InvalidArgumentError(absl::StrCat(
        "t-SNE with perplexity ", options.perplexity, ", exaggeration ", options.exaggeration, " and ",
        options.iterations, " iterations, expected the first two to be 1 or more and the last 0 or more"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<Point2>> Tsne(const std::vector<float>& rows, int width,
                                         const TsneOptions& options) {
  if (absl::Status status = Check(rows, width, options); !status.ok()) return status;
  const int n = static_cast<int>(rows.size()) / width;
  std::mt19937_64 random(options.seed);
  SquareMatrix distances = SquaredDistances(rows, width);
  std::vector<Point2> start = PrincipalPlane(distances, random);
  const double perplexity = std::max(1.0, std::min(options.perplexity, (n - 1) / 3.0));
  const SquareMatrix affinities = Affinities(std::move(distances), perplexity);

  Descent descent(affinities, std::move(start));
  const double rate = std::max(n / options.exaggeration / 4, 50.0);
  for (int i = 0; i < options.iterations; ++i) {
    const bool early = i < options.exaggerated_iterations;
    descent.Step(early ? options.exaggeration : 1, early ? 0.5 : 0.8, rate);
  }
  return std::move(descent).points();
}

}  // namespace pixelclip
