#include "trainer/figures/side_by_side.h"

#include <algorithm>
#include <map>
#include <utility>

#include "core/image/overlay.h"
#include "core/image/palette.h"
#include "trainer/figures/page.h"
#include "trainer/figures/regions.h"

namespace pixelclip {
namespace {

constexpr double kLeastShare = 0.01;
constexpr double kTaggedShare = 0.025;
constexpr double kTypicalCell = 300;  // points

std::string FirstSynonym(const std::string& name) { return name.substr(0, name.find(", ")); }

Cell DrawResult(const Image& photo, const Segmentation& result) {
  OverlayOptions options;
  options.draw_legend = false;
  Cell cell{DrawOverlay(photo, result, options), {}, {}};
  for (const RegionSpot& spot : FindSpots(result.labels, kTaggedShare)) {
    const ClassSummary& found = result.classes[spot.label];
    const std::string name = FirstSynonym(found.name);
    const bool fits = Canvas::TextWidth(name, kNoteSize) < 1.15 * spot.room * kTypicalCell;
    if (fits && !found.is_background) cell.tags.push_back({name, spot.x, spot.y});
  }
  return cell;
}

// The classes worth a swatch, the largest first.
std::vector<Swatch> LegendOf(const std::vector<ComparedPicture>& pictures) {
  struct Found {
    double share = 0;
    std::string name;
  };
  std::map<uint16_t, Found> found;
  for (const ComparedPicture& picture : pictures) {
    for (const Segmentation& result : picture.results) {
      for (const ClassSummary& summary : result.classes) {
        if (summary.share < kLeastShare || summary.is_background) continue;
        found[summary.label].share += summary.share;
        found[summary.label].name = FirstSynonym(summary.name);
      }
    }
  }
  std::vector<std::pair<uint16_t, Found>> ordered(found.begin(), found.end());
  std::stable_sort(ordered.begin(), ordered.end(),
                   [](const auto& a, const auto& b) { return a.second.share > b.second.share; });
  std::vector<Swatch> legend;
  for (const auto& [label, item] : ordered) legend.push_back({ColorOf(label), item.name});
  return legend;
}

}  // namespace

Image DrawSideBySide(const std::vector<ComparedPicture>& pictures, const std::vector<std::string>& models,
                     const std::string& caption) {
  GridPage page;
  page.columns = {"picture"};
  page.columns.insert(page.columns.end(), models.begin(), models.end());
  page.caption = caption;
  page.legend = LegendOf(pictures);
  for (const ComparedPicture& picture : pictures) {
    GridRow row;
    row.cells.push_back({picture.photo, {}, {}});
    for (const Segmentation& result : picture.results) row.cells.push_back(DrawResult(picture.photo, result));
    page.rows.push_back(std::move(row));
  }
  return DrawGridPage(page);
}

}  // namespace pixelclip
