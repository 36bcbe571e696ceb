#include "trainer/figures/label_placement.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace pixelclip {
namespace {

constexpr double kClearance = 4;  // from a point to its label
constexpr double kStep = 5;       // between the circles of positions that are tried
constexpr int kDirections = 16;

bool Within(const Rect& page, const Rect& rect) {
  return rect.x >= page.x && rect.y >= page.y && rect.x + rect.width <= page.x + page.width &&
         rect.y + rect.height <= page.y + page.height;
}

// The label's place `distance` from its point, its near side or corner towards the point.
Rect At(const LabelRequest& request, double distance, int direction) {
  // To the right, to the left, then in between.
  const int order = direction % 2 == 0 ? direction / 2 : kDirections / 2 + direction / 2;
  const double angle = 2 * M_PI * order / kDirections;
  const double dx = std::cos(angle), dy = -std::sin(angle);
  return {request.x + dx * distance + (dx - 1) * request.width / 2,
          request.y + dy * distance + (dy - 1) * request.height / 2, request.width, request.height};
}

// The most crowded first.
std::vector<int> OrderOf(const std::vector<LabelRequest>& requests) {
  const int n = static_cast<int>(requests.size());
  std::vector<double> crowd(n);
  for (int i = 0; i < n; ++i) {
    for (int j = 0; j < n; ++j) {
      const double dx = (requests[i].x - requests[j].x) / requests[i].width;
      const double dy = (requests[i].y - requests[j].y) / (2 * requests[i].height);
      crowd[i] += std::exp(-dx * dx - dy * dy);
    }
  }
  std::vector<int> order(n);
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return crowd[a] > crowd[b]; });
  return order;
}

}  // namespace

bool Overlap(const Rect& a, const Rect& b) {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

std::vector<std::optional<Rect>> PlaceLabels(const std::vector<LabelRequest>& requests,
                                             const std::vector<Rect>& obstacles, const Rect& page,
                                             double reach) {
  std::vector<std::optional<Rect>> places(requests.size());
  std::vector<Rect> taken = obstacles;
  const std::vector<int> order = OrderOf(requests);
  // Circle by circle, so that nobody's far label takes the near place of another.
  for (double distance = kClearance; distance <= reach; distance += kStep) {
    for (const int i : order) {
      for (int direction = 0; direction < kDirections && !places[i]; ++direction) {
        const Rect place = At(requests[i], distance, direction);
        const auto collides = [&place](const Rect& other) { return Overlap(place, other); };
        if (!Within(page, place) || std::any_of(taken.begin(), taken.end(), collides)) continue;
        places[i] = place;
        taken.push_back(place);
      }
    }
  }
  return places;
}

}  // namespace pixelclip
