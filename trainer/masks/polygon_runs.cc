#include "trainer/masks/polygon_runs.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <tuple>

#include "core/checkpoint/problem.h"

namespace pixelclip {
namespace {

constexpr double kMaxCoordinate = 1e6;
constexpr size_t kMaxCrossings = size_t{1} << 20;

// Where an edge crosses the line of pixel centres of a column.
struct Crossing {
  int column;
  double y;
  bool operator<(const Crossing& other) const {
    return std::tie(column, y) < std::tie(other.column, other.y);
  }
};

// The first of `count` pixels whose centre is not before `at`, or `count`.
int FirstPixelFrom(double at, int count) {
  return static_cast<int>(std::clamp(std::ceil(at - 0.5), 0.0, static_cast<double>(count)));
}

// Fails if there are more than `limit`.
absl::Status AddCrossings(const std::vector<float>& polygon, int width, size_t limit,
                          std::vector<Crossing>& crossings) {
  if (polygon.size() % 2 != 0) return Invalid("a polygon of ", polygon.size(), " coordinates; must be even");
  for (const float coordinate : polygon) {
    if (!(std::abs(coordinate) <= kMaxCoordinate)) {
      return Invalid("a polygon's coordinate ", coordinate, "; at most ", kMaxCoordinate, " is allowed");
    }
  }
  if (polygon.size() < 6) return absl::OkStatus();
  for (size_t i = 0; i < polygon.size(); i += 2) {
    const size_t next = (i + 2) % polygon.size();
    const double x0 = polygon[i], y0 = polygon[i + 1], x1 = polygon[next], y1 = polygon[next + 1];
    // An edge takes its left end and not its right, so that each column is crossed an even number of times.
    const int end = FirstPixelFrom(std::max(x0, x1), width);
    for (int column = FirstPixelFrom(std::min(x0, x1), width); column < end; ++column) {
      crossings.push_back({column, y0 + (column + 0.5 - x0) * (y1 - y0) / (x1 - x0)});
    }
    if (crossings.size() > limit) {
      return Invalid("a mask's polygons cross more than ", kMaxCrossings, " columns of pixels");
    }
  }
  return absl::OkStatus();
}

// Overlapping and touching runs become one.
std::vector<PixelRun> United(std::vector<PixelRun> runs) {
  std::sort(runs.begin(), runs.end(), [](const PixelRun& a, const PixelRun& b) { return a.begin < b.begin; });
  std::vector<PixelRun> united;
  for (const PixelRun& run : runs) {
    if (!united.empty() && run.begin <= united.back().end) {
      united.back().end = std::max(united.back().end, run.end);
    } else {
      united.push_back(run);
    }
  }
  return united;
}

}  // namespace

absl::StatusOr<std::vector<PixelRun>> RunsFromPolygons(const std::vector<std::vector<float>>& polygons,
                                                       int width, int height) {
  std::vector<PixelRun> runs;
  std::vector<Crossing> crossings;
  size_t crossings_left = kMaxCrossings;
  for (const std::vector<float>& polygon : polygons) {
    crossings.clear();
    if (absl::Status status = AddCrossings(polygon, width, crossings_left, crossings); !status.ok()) {
      return status;
    }
    crossings_left -= crossings.size();
    std::sort(crossings.begin(), crossings.end());
    for (size_t i = 0; i + 1 < crossings.size(); i += 2) {
      const auto top = static_cast<uint32_t>(FirstPixelFrom(crossings[i].y, height));
      const auto bottom = static_cast<uint32_t>(FirstPixelFrom(crossings[i + 1].y, height));
      const uint32_t column = static_cast<uint32_t>(crossings[i].column) * static_cast<uint32_t>(height);
      if (top < bottom) runs.push_back({column + top, column + bottom});
    }
  }
  return United(std::move(runs));
}

}  // namespace pixelclip
