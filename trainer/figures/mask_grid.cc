#include "trainer/figures/mask_grid.h"

#include "trainer/figures/mask_cells.h"
#include "trainer/figures/page.h"

namespace pixelclip {

Image DrawMaskGrid(const std::vector<MaskGridRow>& rows, const std::string& title) {
  GridPage page;
  page.title = title;
  page.max_cell_width = 200;
  page.columns = {"weak view", "strong view", "masks", "clusters"};
  for (const MaskGridRow& row : rows) {
    page.rows.push_back({{},
                         {},
                         {{row.weak, {}, {}},
                          {row.strong, {}, {}},
                          MaskCell(row.weak, row.masks),
                          ClusterCell(row.weak, row.masks, row.clusters)}});
  }
  return DrawGridPage(page);
}

}  // namespace pixelclip
