#include "trainer/figures/mask_cells.h"

#include <algorithm>
#include <numeric>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "trainer/figures/regions.h"

namespace pixelclip {
namespace {

constexpr double kLeastShareWithNumber = 0.008;

std::string Counted(size_t count, const char* noun) {
  return absl::StrCat(count, " ", noun, count == 1 ? "" : "s");
}

}  // namespace

Cell MaskCell(const Image& photo, const MaskStack& masks) {
  std::vector<int> own(masks.count);
  std::iota(own.begin(), own.end(), 0);
  const size_t plane = static_cast<size_t>(masks.side) * masks.side;
  const auto is_seen = [&](int mask) {
    const auto first = masks.pixels.begin() + mask * plane;
    return std::find(first, first + plane, 1) != first + plane;
  };
  const auto seen = std::count_if(own.begin(), own.end(), is_seen);
  return {PaintRegions(photo, RegionsOf(masks, own)), {}, Counted(seen, "mask")};
}

Cell ClusterCell(const Image& photo, const MaskStack& masks, const std::vector<int>& clusters,
                 const std::vector<int>& colors) {
  std::vector<int> painted = clusters;
  for (int& label : painted) {
    if (label >= 0 && !colors.empty()) label = colors[label];
  }
  Cell cell{PaintRegions(photo, RegionsOf(masks, painted)), {}, {}};
  const LabelMap regions = RegionsOf(masks, clusters);
  for (const RegionSpot& spot : FindSpots(regions, kLeastShareWithNumber)) {
    cell.tags.push_back({absl::StrCat(spot.label), spot.x, spot.y});
  }
  std::set<int> used(clusters.begin(), clusters.end());
  used.erase(-1);
  cell.note = Counted(used.size(), "cluster");
  return cell;
}

}  // namespace pixelclip
