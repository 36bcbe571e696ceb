#ifndef PIXELCLIP_TRAINER_FIGURES_LINE_CHART_H_
#define PIXELCLIP_TRAINER_FIGURES_LINE_CHART_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/image/image.h"

namespace pixelclip {

struct Series {
  std::string name;
  std::vector<double> xs, ys;  // finite, as many of each; xs ascend
};

struct LineChart {
  std::string x_label, y_label;
  std::vector<Series> series;  // at most seven, each in a colour of its own, named at its end
  std::string caption;
};

// INVALID_ARGUMENT for more series than colours, a series without points or with numbers that are not finite.
absl::StatusOr<Image> DrawLineChart(const LineChart& chart);

// Round numbers, some `count` of them, that lie within [low, high]. REQUIRES: low < high, count >= 2.
std::vector<double> Ticks(double low, double high, int count);

// The mean of each value and up to `window - 1` before it. REQUIRES: window >= 1.
std::vector<double> TrailingMean(const std::vector<double>& values, int window);

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_FIGURES_LINE_CHART_H_
