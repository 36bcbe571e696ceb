#include "server/cost_model.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <vector>

namespace pixelclip {
namespace {

constexpr size_t kRunsKept = 15;      // of each size
constexpr size_t kRunsToCount = 3;    // the median of fewer may be a slow first run
constexpr int64_t kHalfLife = 256;    // runs of the shape and share
constexpr int64_t kForgotten = 1024;  // runs of the shape and share
constexpr int kTriedEnough = 4;       // items in a batch
constexpr double kShortest = 1e-9;    // seconds; keeps relative errors finite
constexpr double kThroughputGivenUp = 0.05;

struct Point {
  double items;
  double seconds;
  double weight;
};

double Median(const std::deque<double>& values) {
  std::vector<double> sorted(values.begin(), values.end());
  const auto middle = sorted.begin() + sorted.size() / 2;
  std::nth_element(sorted.begin(), middle, sorted.end());
  return std::max(*middle, kShortest);
}

// Weighted sums of the points, from which both kinds of line below follow.
struct Sums {
  double w = 0, n = 0, nn = 0, t = 0, nt = 0;

  explicit Sums(const std::vector<Point>& points) {
    for (const Point& point : points) {
      const double weight = point.weight / (point.seconds * point.seconds);
      w += weight;
      n += weight * point.items;
      nn += weight * point.items * point.items;
      t += weight * point.seconds;
      nt += weight * point.items * point.seconds;
    }
  }
};

void FitLineThroughOrigin(const Sums& sums, BatchCost* cost) {
  cost->item_seconds = sums.nt / sums.nn;
  cost->batch_seconds = 0;
}

// Neither term can be negative; the better of the fits that leave one out is near enough.
void FitLine(const Sums& sums, BatchCost* cost) {
  const double determinant = sums.w * sums.nn - sums.n * sums.n;
  cost->item_seconds = (sums.w * sums.nt - sums.n * sums.t) / determinant;
  cost->batch_seconds = (sums.nn * sums.t - sums.n * sums.nt) / determinant;
  if (cost->batch_seconds < 0) FitLineThroughOrigin(sums, cost);
  if (cost->item_seconds < 0) {
    cost->item_seconds = 0;
    cost->batch_seconds = sums.t / sums.w;
  }
}

}  // namespace

double BatchCost::WorkSeconds(int items, int limit) const {
  const int batches = items / limit + (items % limit > 0 ? 1 : 0);
  return item_seconds * items + batch_seconds * batches;
}

int BatchCost::EfficientBatch(int limit) const {
  const int next = std::clamp(2 * tried, 1, limit);
  if (!compared || tried < kTriedEnough) return next;
  // n / (a n + b) >= (1 - e) N / (a N + b), solved for n.
  const double items = (1 - kThroughputGivenUp) * limit * batch_seconds /
                       std::max(kThroughputGivenUp * item_seconds * limit + batch_seconds, kShortest);
  return std::clamp(static_cast<int>(std::ceil(items)), 1, next);
}

double BatchCost::DelayThatPays(int queued) const {
  return (batch_seconds - item_seconds * queued) / (queued + 1);
}

void CostModel::Record(InputShape shape, int share, int items, double seconds) {
  Runs& runs = shapes_[shape][share];
  Size& size = runs.sizes[items];
  size.last_run = ++runs.count;
  size.seconds.push_back(seconds);
  if (size.seconds.size() > kRunsKept) size.seconds.pop_front();
  for (auto it = runs.sizes.begin(); it != runs.sizes.end();) {
    it = runs.count - it->second.last_run > kForgotten ? runs.sizes.erase(it) : std::next(it);
  }
  runs.cost = Fit(runs);
}

BatchCost CostModel::Of(InputShape shape, int share) const {
  const auto found = shapes_.find(shape);
  if (found == shapes_.end()) return BatchCost();
  const std::map<int, Runs>& by_share = found->second;
  if (const auto own = by_share.find(share); own != by_share.end() && own->second.cost.settled)
    return own->second.cost;
  const auto is_settled = [](const auto& entry) { return entry.second.cost.settled; };
  const auto larger = by_share.upper_bound(share);
  const auto smaller = std::find_if(std::make_reverse_iterator(larger), by_share.rend(), is_settled);
  const auto next = std::find_if(larger, by_share.end(), is_settled);
  BatchCost cost = smaller != by_share.rend() ? smaller->second.cost
                   : next != by_share.end()   ? next->second.cost
                                              : by_share.begin()->second.cost;
  // What batches are worth is for each share to find out.
  cost.tried = 0;
  cost.compared = false;
  return cost;
}

BatchCost CostModel::Fit(const Runs& runs) {
  std::vector<Point> counted, all;
  for (const auto& [items, size] : runs.sizes) {
    const double age = static_cast<double>(runs.count - size.last_run);
    const Point point = {static_cast<double>(items), Median(size.seconds),
                         size.seconds.size() * std::exp2(-age / kHalfLife)};
    all.push_back(point);
    if (size.seconds.size() >= kRunsToCount) counted.push_back(point);
  }
  BatchCost cost;
  cost.settled = !counted.empty();
  cost.tried = cost.settled ? static_cast<int>(counted.back().items) : 0;
  // A line through sizes close to each other says little about where it meets n = 0.
  cost.compared = counted.size() > 1 && counted.back().items >= 2 * counted.front().items;
  const Sums sums(cost.settled ? counted : all);
  cost.compared ? FitLine(sums, &cost) : FitLineThroughOrigin(sums, &cost);
  return cost;
}

}  // namespace pixelclip
