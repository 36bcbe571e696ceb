#include "client/load/histogram.h"

#include <algorithm>
#include <cmath>

namespace pixelclip {
namespace {

// Below 256 nanoseconds each has its own bucket; from there on, every doubling has 128 of them.
constexpr int kStepBits = 7;

constexpr double kResolution = 1e-9;
constexpr double kLongestSeconds = 9e9;  // 2^63 ns and a bit less

int BitLength(uint64_t value) {
  int length = 0;
  for (; value > 0; value >>= 1) ++length;
  return length;
}

size_t IndexOf(uint64_t nanoseconds) {
  const int shift = std::max(BitLength(nanoseconds) - kStepBits - 1, 0);
  return (static_cast<size_t>(shift) << kStepBits) + (nanoseconds >> shift);
}

// The lowest value of a bucket; that of the next bucket is the first value beyond it.
double LowerSeconds(size_t index) {
  const int shift = std::max(static_cast<int>(index >> kStepBits) - 1, 0);
  const uint64_t step = index - (static_cast<size_t>(shift) << kStepBits);
  return std::ldexp(static_cast<double>(step), shift) * kResolution;
}

}  // namespace

void Histogram::Add(double seconds) {
  seconds = seconds > 0 ? std::min(seconds, kLongestSeconds) : 0;  // what is no number is 0, too
  const size_t index = IndexOf(static_cast<uint64_t>(std::llround(seconds / kResolution)));
  if (index >= counts_.size()) counts_.resize(index + 1);
  ++counts_[index];
  min_ = count_ == 0 ? seconds : std::min(min_, seconds);
  max_ = std::max(max_, seconds);
  sum_ += seconds;
  ++count_;
}

double Histogram::Quantile(double share) const {
  if (count_ == 0) return 0;
  constexpr double kRounding = 1e-9;  // 0.07 * 100 is a little above 7
  const auto rank = std::clamp<int64_t>(std::llround(std::ceil(share * count_ - kRounding)), 1, count_);
  if (rank == count_) return max_;
  int64_t seen = 0;
  for (size_t i = 0; i < counts_.size(); ++i) {
    seen += counts_[i];
    if (seen >= rank)
      return std::clamp((LowerSeconds(i) + LowerSeconds(i + 1) - kResolution) / 2, min_, max_);
  }
  return 0;
}

std::vector<Histogram::Bucket> Histogram::Buckets() const {
  std::vector<Bucket> buckets;
  for (size_t i = 0; i < counts_.size(); ++i) {
    if (counts_[i] > 0) buckets.push_back({LowerSeconds(i + 1), counts_[i]});
  }
  return buckets;
}

}  // namespace pixelclip
