#ifndef PIXELCLIP_TRAINER_DINO_KMEANS_H_
#define PIXELCLIP_TRAINER_DINO_KMEANS_H_

#include <cstdint>
#include <vector>

namespace pixelclip {

// The defaults are those of fast_pytorch_kmeans, by which PixelCLIP was published.
struct KMeansOptions {
  int max_iterations = 100;
  double tolerance = 1e-4;  // stops when the centres together moved by at most this, squared
};

// `count` different rows of `rows`, drawn by a generator of that seed: the published initialisation.
// REQUIRES: 0 <= count <= rows.
std::vector<int> DrawRows(int rows, int count, uint64_t seed);

// Lloyd's algorithm on points [n, width], from `centers` [clusters, width], in Euclidean distance; of equally
// near centres the first counts. As published, the centre of a cluster that lost its last point moves to the
// origin, and the answer is the assignment that the last move started from. Returns the cluster of each
// point. Plain loops in a fixed order: the same on every machine and for every number of threads.
// Thread-safe. REQUIRES: finite values.
std::vector<int> KMeans(const std::vector<float>& points, int width, std::vector<float> centers,
                        const KMeansOptions& options);

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_DINO_KMEANS_H_
