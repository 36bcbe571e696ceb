#include "core/class_summary.h"

#include <algorithm>
#include <cstddef>

namespace pixelclip {
namespace {

struct Tally {
  int64_t pixels = 0;
  double score_sum = 0;
  int left = 0, right = -1, top = 0, bottom = -1;  // inclusive
};

}  // namespace

std::vector<ClassSummary> SummarizeClasses(const LabelMap& labels, const std::vector<float>& scores,
                                           const std::vector<std::string>& names) {
  std::vector<Tally> tallies(names.size());
  size_t pixel = 0;
  for (int y = 0; y < labels.height; ++y) {
    for (int x = 0; x < labels.width; ++x, ++pixel) {
      Tally& tally = tallies[labels.labels[pixel]];
      if (tally.pixels == 0) tally.left = tally.right = x, tally.top = y;
      ++tally.pixels;
      tally.score_sum += scores[pixel];
      tally.left = std::min(tally.left, x);
      tally.right = std::max(tally.right, x);
      tally.bottom = y;
    }
  }

  std::vector<ClassSummary> classes(names.size());
  for (size_t i = 0; i < names.size(); ++i) {
    const Tally& tally = tallies[i];
    classes[i].name = names[i];
    classes[i].label = static_cast<uint16_t>(i);
    if (tally.pixels == 0) continue;
    classes[i].pixels = tally.pixels;
    classes[i].share = static_cast<double>(tally.pixels) / static_cast<double>(labels.labels.size());
    classes[i].mean_score = tally.score_sum / static_cast<double>(tally.pixels);
    classes[i].box = {tally.left, tally.top, tally.right - tally.left + 1, tally.bottom - tally.top + 1};
  }
  return classes;
}

}  // namespace pixelclip
