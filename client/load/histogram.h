#ifndef PIXELCLIP_CLIENT_LOAD_HISTOGRAM_H_
#define PIXELCLIP_CLIENT_LOAD_HISTOGRAM_H_

#include <cstdint>
#include <vector>

namespace pixelclip {

// Durations in few bytes, however many there are: buckets as wide as 1/128 of what they hold, or 1 ns. Every
// quantile is within 0.4 % of the exact one; minimum, maximum and mean are exact.
//
// Not thread-safe.
class Histogram {
 public:
  struct Bucket {
    double upper_seconds;  // what it holds is below this
    int64_t count;
  };

  // Negative durations count as 0; those beyond 285 years as that.
  void Add(double seconds);

  int64_t count() const { return count_; }

  // 0 as long as nothing was added.
  double min() const { return min_; }
  double max() const { return max_; }
  double mean() const { return count_ == 0 ? 0 : sum_ / count_; }

  // The smallest duration that the given share of all durations, 0 to 1, does not exceed. 0 if there is none.
  double Quantile(double share) const;

  // Those that hold something, in ascending order.
  std::vector<Bucket> Buckets() const;

 private:
  std::vector<int64_t> counts_;  // up to the highest bucket in use
  int64_t count_ = 0;
  double min_ = 0;
  double max_ = 0;
  double sum_ = 0;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_CLIENT_LOAD_HISTOGRAM_H_
