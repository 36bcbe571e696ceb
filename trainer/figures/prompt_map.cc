#include "trainer/figures/prompt_map.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "absl/strings/str_cat.h"
#include "trainer/figures/canvas.h"
#include "trainer/figures/label_placement.h"
#include "trainer/figures/page.h"
#include "trainer/figures/tsne.h"

namespace pixelclip {
namespace {

constexpr double kPlotHeight = 720;
constexpr double kPadding = 34;    // of the points inside the frame
constexpr double kNameSize = 6.2;  // of many names
constexpr double kFewNamesSize = 8.5;
constexpr int kFewNames = 40;
constexpr double kNumberSize = 5.4;
constexpr double kPromptRadius = 7;
constexpr double kNameRadius = 2.4;
constexpr double kReach = 90;
constexpr double kLeaderFrom = 12;  // points; shorter leaders only disturb
const Color kPromptColor = SeriesColor(1);
const Color kNameColor = SeriesColor(0);

void AppendUnitRows(const TextFeatures& features, std::vector<float>* rows) {
  for (int i = 0; i < features.count; ++i) {
    const float* row = features.values.data() + static_cast<size_t>(i) * features.channels;
    double square = 0;
    for (int d = 0; d < features.channels; ++d) square += static_cast<double>(row[d]) * row[d];
    const double scale = 1 / std::max(std::sqrt(square), 1e-12);
    for (int d = 0; d < features.channels; ++d) rows->push_back(static_cast<float>(row[d] * scale));
  }
}

// Moves the points into the rectangle; both axes keep one scale only roughly, as t-SNE's have no unit.
void FitInto(const Rect& rect, std::vector<Point2>& points) {
  const auto by_x = [](const Point2& a, const Point2& b) { return a.x < b.x; };
  const auto by_y = [](const Point2& a, const Point2& b) { return a.y < b.y; };
  const auto [left, right] = std::minmax_element(points.begin(), points.end(), by_x);
  const auto [top, bottom] = std::minmax_element(points.begin(), points.end(), by_y);
  const double x0 = left->x, y0 = top->y;
  const double x_scale = rect.width / std::max(right->x - x0, 1e-12);
  const double y_scale = rect.height / std::max(bottom->y - y0, 1e-12);
  for (Point2& point : points) {
    point = {rect.x + (point.x - x0) * x_scale, rect.y + (point.y - y0) * y_scale};
  }
}

// Nudges points apart until no mark hides another, where that takes little; radii are the marks'.
void Separate(const std::vector<double>& radii, std::vector<Point2>& points) {
  constexpr int kRounds = 40;
  constexpr double kSpace = 1.5;
  for (int round = 0; round < kRounds; ++round) {
    for (size_t i = 0; i < points.size(); ++i) {
      for (size_t j = 0; j < i; ++j) {
        const double wanted = radii[i] + radii[j] + kSpace;
        double dx = points[i].x - points[j].x;
        const double dy = points[i].y - points[j].y;
        double distance = std::hypot(dx, dy);
        if (distance >= wanted) continue;
        if (distance < 1e-6) dx = distance = 1e-6;
        const double step = (wanted - distance) / 4 / distance;
        points[i] = {points[i].x + step * dx, points[i].y + step * dy};
        points[j] = {points[j].x - step * dx, points[j].y - step * dy};
      }
    }
  }
}

std::string FirstSynonym(const std::string& name) { return name.substr(0, name.find(", ")); }

Rect Around(const Point2& point, double radius) {
  return {point.x - radius, point.y - radius, 2 * radius, 2 * radius};
}

class MapPainter {
 public:
  MapPainter(const PromptMap& map, std::vector<Point2> points, const Rect& frame)
      : map_(map),
        points_(std::move(points)),
        frame_(frame),
        name_size_(map.classes.count <= kFewNames ? kFewNamesSize : kNameSize) {
    std::vector<LabelRequest> requests;
    std::vector<Rect> obstacles;
    for (int i = 0; i < map.prompts.count; ++i) obstacles.push_back(Around(Prompt(i), kPromptRadius));
    for (int i = 0; i < map.classes.count; ++i) {
      obstacles.push_back(Around(Name(i), kNameRadius));
      const std::string text = FirstSynonym(map.names[i]);
      requests.push_back({Name(i).x, Name(i).y, Canvas::TextWidth(text, name_size_) + 4, name_size_ * 1.62});
    }
    places_ = PlaceLabels(requests, obstacles, frame, kReach);
  }

  int homeless() const { return static_cast<int>(std::count(places_.begin(), places_.end(), std::nullopt)); }

  void Draw(Canvas& canvas) const {
    for (int i = 0; i < map_.classes.count; ++i) {
      if (places_[i]) DrawLeader(Name(i), *places_[i], canvas);
    }
    for (int i = 0; i < map_.classes.count; ++i)
      canvas.Diamond(Name(i).x, Name(i).y, kNameRadius + 0.6, kNameColor);
    for (int i = 0; i < map_.prompts.count; ++i) {
      canvas.Disc(Prompt(i).x, Prompt(i).y, kPromptRadius + 1, kPaper);
      canvas.Disc(Prompt(i).x, Prompt(i).y, kPromptRadius, kPromptColor);
      canvas.Text(absl::StrCat(i), Prompt(i).x, Prompt(i).y + kNumberSize / 2, kNumberSize, kPaper,
                  Align::kCenter);
    }
    for (int i = 0; i < map_.classes.count; ++i) {
      if (!places_[i]) continue;
      canvas.Text(FirstSynonym(map_.names[i]), places_[i]->x + 2, places_[i]->y + name_size_ * 1.22,
                  name_size_, kInk);
    }
  }

 private:
  const Point2& Prompt(int i) const { return points_[i]; }
  const Point2& Name(int i) const { return points_[map_.prompts.count + i]; }

  static void DrawLeader(const Point2& from, const Rect& label, Canvas& canvas) {
    const double x = std::clamp(from.x, label.x, label.x + label.width);
    const double y = std::clamp(from.y, label.y, label.y + label.height);
    if (std::hypot(x - from.x, y - from.y) < kLeaderFrom) return;
    canvas.Line(from.x, from.y, x, y, 0.5, kHairline);
  }

  const PromptMap& map_;
  const std::vector<Point2> points_;
  const Rect frame_;
  const double name_size_;
  std::vector<std::optional<Rect>> places_;
};

}  // namespace

absl::StatusOr<Image> DrawPromptMap(const PromptMap& map) {
  if (map.prompts.count < 1 || map.classes.count < 1) {
    return absl::InvalidArgumentError("a prompt map needs prompts and names");
  }
  if (map.prompts.channels != map.classes.channels) {
    return absl::InvalidArgumentError(
        absl::StrCat("prompts of ", map.prompts.channels, " channels, names of ", map.classes.channels));
  }
  std::vector<float> rows;
  AppendUnitRows(map.prompts, &rows);
  AppendUnitRows(map.classes, &rows);
  TsneOptions options;
  options.seed = map.seed;
  absl::StatusOr<std::vector<Point2>> points = Tsne(rows, map.prompts.channels, options);
  if (!points.ok()) return points.status();

  const Rect frame{kMargin, kMargin, kPageWidth - 2 * kMargin, kPlotHeight};
  FitInto({frame.x + kPadding, frame.y + kPadding, frame.width - 2 * kPadding, frame.height - 2 * kPadding},
          *points);
  std::vector<double> radii(map.prompts.count, kPromptRadius);
  radii.resize(points->size(), kNameRadius);
  Separate(radii, *points);
  const MapPainter painter(map, *std::move(points), frame);
  std::string caption = map.caption;
  if (painter.homeless() > 0) absl::StrAppend(&caption, " ", painter.homeless(), " names found no room.");
  const std::vector<std::string> lines = WrappedText(caption, kTextSize, frame.width);

  const double below = frame.y + frame.height;
  Canvas canvas(kPageWidth, below + 34 + 16 * static_cast<double>(lines.size()) + kMargin);
  canvas.Frame(frame.x, frame.y, frame.width, frame.height, 0.5, kHairline);
  painter.Draw(canvas);

  double y = below + 17;
  canvas.Disc(frame.x + 6, y, 6, kPromptColor);
  const std::string prompts = absl::StrCat(map.prompts.count, " learned prompts");
  canvas.Text(prompts, frame.x + 18, y + kTextSize / 2, kTextSize, kInk);
  const double x = frame.x + 18 + Canvas::TextWidth(prompts, kTextSize) + 24;
  canvas.Diamond(x, y, 4, kNameColor);
  canvas.Text(absl::StrCat(map.classes.count, " class names"), x + 10, y + kTextSize / 2, kTextSize, kInk);
  y += 12 + kTextSize;
  for (const std::string& line : lines) {
    canvas.Text(line, frame.x, y + 4, kTextSize, kPaleInk);
    y += 16;
  }
  return std::move(canvas).Take();
}

}  // namespace pixelclip
