#ifndef PIXELCLIP_TRAINER_FIGURES_LABEL_PLACEMENT_H_
#define PIXELCLIP_TRAINER_FIGURES_LABEL_PLACEMENT_H_

#include <optional>
#include <vector>

#include "trainer/figures/rect.h"

namespace pixelclip {

bool Overlap(const Rect& a, const Rect& b);

// A point of a chart and the size of its label.
struct LabelRequest {
  double x = 0, y = 0;
  double width = 0, height = 0;
};

// Where each label goes: beside its point or, where it is crowded, up to `reach` away from it; never over
// another label, an obstacle or the edge of `page`. Nothing for a label that finds no room. Labels of lonely
// points are placed last, because they find room anyway. Deterministic.
std::vector<std::optional<Rect>> PlaceLabels(const std::vector<LabelRequest>& requests,
                                             const std::vector<Rect>& obstacles, const Rect& page,
                                             double reach);

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_FIGURES_LABEL_PLACEMENT_H_
