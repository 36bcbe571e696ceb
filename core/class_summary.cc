#include "core/class_summary.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numeric>

#include "core/cpu_clones.h"

namespace pixelclip {
namespace {

// Sums of scores are rounded to 2^-22 before they are added to each other: sums below 2^31 are exact then, in
// any order.
constexpr double kScoreSteps = 1 << 22;

// Several sums side by side: each addition would have to wait for the one before.
PIXELCLIP_CPU_CLONES
double Sum(const float* values, int count) {
  constexpr int kLanes = 16;
  std::array<double, kLanes> sums = {};
  int i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    for (int lane = 0; lane < kLanes; ++lane) sums[lane] += values[i + lane];
  }
  for (; i < count; ++i) sums[0] += values[i];
  return std::accumulate(sums.begin(), sums.end(), 0.0);
}

}  // namespace

void ClassTally::AddRow(int x, int y, int width, const uint16_t* labels, const float* scores) {
  for (int begin = 0, end = 0; begin < width; begin = end) {
    Count& count = counts_[labels[begin]];
    for (end = begin; end < width && labels[end] == labels[begin];) ++end;
    count.score_sum += Sum(scores + begin, end - begin);
    const int left = x + begin, right = x + end - 1;
    if (count.pixels == 0) count.left = left, count.top = y;
    count.pixels += end - begin;
    count.left = std::min(count.left, left);
    count.right = std::max(count.right, right);
    count.top = std::min(count.top, y);
    count.bottom = std::max(count.bottom, y);
  }
}

void ClassTally::Merge(const ClassTally& other) {
  for (size_t i = 0; i < counts_.size(); ++i) {
    const Count& from = other.counts_[i];
    Count& to = counts_[i];
    if (from.pixels == 0) continue;
    if (to.pixels == 0) to.left = from.left, to.top = from.top;
    to.pixels += from.pixels;
    to.score_sum += std::nearbyint(from.score_sum * kScoreSteps) / kScoreSteps;
    to.left = std::min(to.left, from.left);
    to.right = std::max(to.right, from.right);
    to.top = std::min(to.top, from.top);
    to.bottom = std::max(to.bottom, from.bottom);
  }
}

std::vector<ClassSummary> ClassTally::Summarize() const {
  int64_t pixels = 0;
  for (const Count& count : counts_) pixels += count.pixels;
  std::vector<ClassSummary> classes(counts_.size());
  for (size_t i = 0; i < classes.size(); ++i) {
    const Count& count = counts_[i];
    classes[i].label = static_cast<uint16_t>(i);
    if (count.pixels == 0) continue;
    classes[i].pixels = count.pixels;
    classes[i].share = static_cast<double>(count.pixels) / static_cast<double>(pixels);
    classes[i].mean_score = count.score_sum / static_cast<double>(count.pixels);
    classes[i].box = {count.left, count.top, count.right - count.left + 1, count.bottom - count.top + 1};
  }
  return classes;
}

}  // namespace pixelclip
