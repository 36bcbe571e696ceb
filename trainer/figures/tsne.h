#ifndef PIXELCLIP_TRAINER_FIGURES_TSNE_H_
#define PIXELCLIP_TRAINER_FIGURES_TSNE_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"

namespace pixelclip {

// The defaults are scikit-learn's, but for the perplexity, which suits hundreds of points.
struct TsneOptions {
  double perplexity = 20;  // neighbours that a point looks at, about
  int iterations = 1000;
  int exaggerated_iterations = 250;  // the first ones, in which neighbours attract each other more strongly
  double exaggeration = 12;
  uint64_t seed = 0;  // of the tiny noise that keeps equal points apart
};

struct Point2 {
  double x = 0, y = 0;
};

constexpr int kMaxTsnePoints = 2000;

// Exact t-SNE (van der Maaten and Hinton 2008) of rows [n, width] by Euclidean distance, started at their two
// principal components. Time is iterations * n^2. The same on every machine with the same mathematical
// library. INVALID_ARGUMENT for fewer than 2 or more than kMaxTsnePoints points, rows that are not finite,
// and options out of range; a perplexity that the points are too few for is lowered to (n - 1) / 3.
// Thread-safe.
absl::StatusOr<std::vector<Point2>> Tsne(const std::vector<float>& rows, int width,
                                         const TsneOptions& options);

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_FIGURES_TSNE_H_
