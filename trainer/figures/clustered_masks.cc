#include "trainer/figures/clustered_masks.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <utility>

#include "trainer/figures/mask_cells.h"
#include "trainer/figures/page.h"
#include "trainer/figures/regions.h"

namespace pixelclip {
namespace {

// The colour of each of a model's clusters.
std::vector<int> ColorsByArea(const std::vector<ClusteredPicture>& pictures, size_t model) {
  std::map<int, int64_t> areas;
  for (const ClusteredPicture& picture : pictures) {
    for (const uint16_t cluster : RegionsOf(picture.masks, picture.clusters[model]).labels) {
      if (cluster != kNoRegion) ++areas[cluster];
    }
    // Also those of which nothing is seen.
    for (const int cluster : picture.clusters[model]) areas[std::max(cluster, 0)] += 0;
  }
  std::vector<std::pair<int64_t, int>> order;
  for (const auto& [cluster, area] : areas) order.emplace_back(-area, cluster);
  std::sort(order.begin(), order.end());
  std::vector<int> colors(areas.empty() ? 0 : areas.rbegin()->first + 1);
  for (size_t i = 0; i < order.size(); ++i) colors[order[i].second] = static_cast<int>(i);
  return colors;
}

}  // namespace

Image DrawClusteredMasks(const std::vector<ClusteredPicture>& pictures,
                         const std::vector<std::string>& models, const std::string& caption) {
  GridPage page;
  page.columns = {"picture", "masks"};
  page.columns.insert(page.columns.end(), models.begin(), models.end());
  page.caption = caption;
  page.max_cell_width = 220;
  std::vector<std::vector<int>> colors;
  for (size_t model = 0; model < models.size(); ++model) colors.push_back(ColorsByArea(pictures, model));
  for (const ClusteredPicture& picture : pictures) {
    GridRow row;
    row.cells = {{picture.photo, {}, {}}, MaskCell(picture.photo, picture.masks)};
    for (size_t model = 0; model < models.size(); ++model) {
      row.cells.push_back(ClusterCell(picture.photo, picture.masks, picture.clusters[model], colors[model]));
    }
    page.rows.push_back(std::move(row));
  }
  return DrawGridPage(page);
}

}  // namespace pixelclip
