#include "trainer/figures/line_chart.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "trainer/figures/canvas.h"
#include "trainer/figures/page.h"
#include "trainer/figures/rect.h"

namespace pixelclip {
namespace {

constexpr size_t kMaxSeries = 7;
constexpr double kChartWidth = 560;
constexpr double kPlotHeight = 270;
constexpr double kLeft = 68;   // for ticks and the axis's name
constexpr double kBelow = 44;  // the same
constexpr double kNameGap = 8;
constexpr double kLineStroke = 1.4;

struct Range {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();

  void Include(const std::vector<double>& values) {
    for (const double value : values) {
      low = std::min(low, value);
      high = std::max(high, value);
    }
  }
  // Positive values that come close to zero are seen against zero.
  bool ComesNearZero() const { return low >= 0 && low < 0.3 * high; }

  // A constant gets room around it.
  void Widen(double share) {
    const double room = high > low ? share * (high - low) : std::max(1e-9, 0.1 * std::abs(high));
    low -= room;
    high += room;
  }
  double Share(double value) const { return (value - low) / (high - low); }
};

absl::Status Check(const LineChart& chart) {
  if (chart.series.empty() || chart.series.size() > kMaxSeries) {
    return absl::InvalidArgumentError(
        absl::StrCat("a chart of ", chart.series.size(), " series, expected 1 to ", kMaxSeries));
  }
  for (const Series& series : chart.series) {
    if (series.xs.empty() || series.xs.size() != series.ys.size()) {
      return absl::InvalidArgumentError(absl::StrCat("series ", series.name, " has ", series.xs.size(),
                                                     " and ", series.ys.size(), " coordinates"));
    }
    for (size_t i = 0; i < series.xs.size(); ++i) {
      if (!std::isfinite(series.xs[i]) || !std::isfinite(series.ys[i])) {
        return absl::InvalidArgumentError(
            absl::StrCat("series ", series.name, ": point ", i, " is not finite"));
      }
    }
  }
  return absl::OkStatus();
}

class ChartPainter {
 public:
  ChartPainter(const LineChart& chart, const Rect& plot, Canvas& canvas)
      : chart_(chart), plot_(plot), canvas_(canvas) {
    for (const Series& series : chart.series) {
      x_.Include(series.xs);
      y_.Include(series.ys);
    }
    if (x_.ComesNearZero()) x_.low = 0;
    if (x_.high == x_.low) x_.Widen(0);
    const bool from_zero = y_.ComesNearZero();
    y_.Widen(0.05);
    if (from_zero) y_.low = 0;
  }

  void DrawAxes() {
    for (const double tick : Ticks(y_.low, y_.high, 6)) {
      canvas_.Line(plot_.x, Y(tick), plot_.x + plot_.width, Y(tick), 0.5, kHairline);
      canvas_.Text(absl::StrFormat("%g", tick), plot_.x - 6, Y(tick) + kNoteSize / 2, kNoteSize, kPaleInk,
                   Align::kRight);
    }
    const double bottom = plot_.y + plot_.height;
    for (const double tick : Ticks(x_.low, x_.high, 6)) {
      canvas_.Line(X(tick), bottom, X(tick), bottom + 4, 0.8, kPaleInk);
      canvas_.Text(absl::StrFormat("%g", tick), X(tick), bottom + 7 + kNoteSize, kNoteSize, kPaleInk,
                   Align::kCenter);
    }
    canvas_.Line(plot_.x, bottom, plot_.x + plot_.width, bottom, 0.8, kPaleInk);
    canvas_.Text(chart_.x_label, plot_.x + plot_.width / 2, bottom + 36, kTextSize, kInk, Align::kCenter);
    canvas_.TextUpwards(chart_.y_label, plot_.x - kLeft + kTextSize + 12, plot_.y + plot_.height / 2,
                        kTextSize, kInk);
  }

  void DrawLines() {
    for (size_t i = 0; i < chart_.series.size(); ++i) {
      const Series& series = chart_.series[i];
      std::vector<double> xs, ys;
      for (const double x : series.xs) xs.push_back(X(x));
      for (const double y : series.ys) ys.push_back(Y(y));
      canvas_.Polyline(xs, ys, kLineStroke, SeriesColor(static_cast<int>(i)));
      canvas_.Disc(xs.back(), ys.back(), 2.6, SeriesColor(static_cast<int>(i)));
    }
  }

  // Each name at its line's end, pushed down where the one above needs the room.
  void DrawNames() {
    std::vector<std::pair<double, size_t>> ends;
    for (size_t i = 0; i < chart_.series.size(); ++i) ends.emplace_back(Y(chart_.series[i].ys.back()), i);
    std::sort(ends.begin(), ends.end());
    const double step = 1.9 * kTextSize;
    double lowest = plot_.y + plot_.height - step * static_cast<double>(ends.size() - 1);
    double y = plot_.y;
    for (const auto& [end, i] : ends) {
      y = std::min(std::max(y, end), lowest);
      canvas_.Text(chart_.series[i].name, plot_.x + plot_.width + kNameGap, y + kTextSize / 2, kTextSize,
                   SeriesColor(static_cast<int>(i)));
      y += step;
      lowest += step;
    }
  }

 private:
  double X(double value) const { return plot_.x + x_.Share(value) * plot_.width; }
  double Y(double value) const { return plot_.y + (1 - y_.Share(value)) * plot_.height; }

  const LineChart& chart_;
  const Rect plot_;
  Canvas& canvas_;
  Range x_, y_;
};

}  // namespace

std::vector<double> Ticks(double low, double high, int count) {
  const double raw = (high - low) / count;
  const double power = std::pow(10, std::floor(std::log10(raw)));
  double step = 10 * power;
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= raw) {
      step = factor * power;
      break;
    }
  }
  std::vector<double> ticks;
  for (double i = std::ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; ++i) {
    ticks.push_back(i * step + 0.0);  // never -0
  }
  return ticks;
}

std::vector<double> TrailingMean(const std::vector<double>& values, int window) {
  std::vector<double> means;
  double sum = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    sum += values[i];
    if (i >= static_cast<size_t>(window)) sum -= values[i - window];
    means.push_back(sum / static_cast<double>(std::min<size_t>(i + 1, window)));
  }
  return means;
}

absl::StatusOr<Image> DrawLineChart(const LineChart& chart) {
  if (absl::Status status = Check(chart); !status.ok()) return status;
  double names = 0;
  for (const Series& series : chart.series)
    names = std::max(names, Canvas::TextWidth(series.name, kTextSize));
  const double right = kNameGap + names + kMargin;
  const Rect plot{kMargin + kLeft, kMargin, kChartWidth - kLeft - kMargin, kPlotHeight};
  const double width = plot.x + plot.width + right;
  const std::vector<std::string> lines = WrappedText(chart.caption, kTextSize, width - 2 * kMargin);

  Canvas canvas(width, plot.y + plot.height + kBelow + 16 * static_cast<double>(lines.size()) + kMargin);
  ChartPainter painter(chart, plot, canvas);
  painter.DrawAxes();
  painter.DrawLines();
  painter.DrawNames();
  double y = plot.y + plot.height + kBelow + kTextSize + 6;
  for (const std::string& line : lines) {
    canvas.Text(line, kMargin, y, kTextSize, kPaleInk);
    y += 16;
  }
  return std::move(canvas).Take();
}

}  // namespace pixelclip
