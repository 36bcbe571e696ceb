#include "trainer/figures/clustered_masks.h"

#include <algorithm>
#include <utility>

#include "trainer/figures/mask_cells.h"
#include "trainer/figures/page.h"

namespace pixelclip {

Image DrawClusteredMasks(const std::vector<ClusteredPicture>& pictures,
                         const std::vector<std::string>& models, const std::string& caption) {
  GridPage page;
  page.columns = {"picture", "masks"};
  page.columns.insert(page.columns.end(), models.begin(), models.end());
  page.caption = caption;
  page.max_cell_width = 220;
  for (const ClusteredPicture& picture : pictures) {
    GridRow row;
    row.cells = {{picture.photo, {}, {}}, MaskCell(picture.photo, picture.masks)};
    for (const std::vector<int>& clusters : picture.clusters) {
      row.cells.push_back(ClusterCell(picture.photo, picture.masks, clusters));
    }
    page.rows.push_back(std::move(row));
  }
  return DrawGridPage(page);
}

}  // namespace pixelclip
