#include "trainer/figures/page.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "trainer/figures/rect.h"

namespace pixelclip {
namespace {

constexpr double kHeadingColumn = 118;  // for rows' headings
constexpr double kHeadingHeight = 24;
constexpr double kNoteHeight = 15;
constexpr double kSwatchSide = 11;
constexpr double kLegendRow = 20;
constexpr double kCaptionRow = 16;
constexpr double kTallestCell = 2;  // in widths

// Where everything goes; computed once the page is known.
class GridLayout {
 public:
  explicit GridLayout(const GridPage& page) : page_(page) {
    size_t columns = 1;
    for (const GridRow& row : page.rows) {
      columns = std::max(columns, row.cells.size());
      if (!row.heading.empty()) left_ = kMargin + kHeadingColumn;
    }
    widths_.assign(columns, 1);
    if (page.justified && !page.rows.empty()) {
      for (size_t i = 0; i < page.rows[0].cells.size(); ++i)
        widths_[i] = Aspect(page.rows[0].cells[i].picture);
    }
    const double gaps = kGap * static_cast<double>(columns - 1);
    const double sum = std::accumulate(widths_.begin(), widths_.end(), 0.0);
    const double widest = *std::max_element(widths_.begin(), widths_.end());
    const double unit = std::min(page.max_cell_width / widest, (kPageWidth - left_ - kMargin - gaps) / sum);
    for (double& width : widths_) width *= unit;
    width_ = std::max(left_ + unit * sum + gaps + kMargin, kPageWidth / 2);
  }

  double CellX(size_t column) const {
    return std::accumulate(widths_.begin(), widths_.begin() + column, left_) +
           kGap * static_cast<double>(column);
  }
  double CellWidth(size_t column) const { return widths_[column]; }

  double CellHeight(const GridRow& row, size_t column) const {
    const Image& picture = row.cells[column].picture;
    if (picture.pixels.empty()) return 0;
    return std::min(kTallestCell * widths_[column], widths_[column] / Aspect(picture));
  }

  double RowHeight(const GridRow& row) const {
    double height = 0;
    for (size_t i = 0; i < row.cells.size(); ++i) height = std::max(height, CellHeight(row, i));
    return height;
  }

  static bool HasNotes(const GridRow& row) {
    return std::any_of(row.cells.begin(), row.cells.end(),
                       [](const Cell& cell) { return !cell.note.empty(); });
  }

  // The legend's swatches in lines that fit.
  std::vector<std::vector<const Swatch*>> LegendLines() const {
    std::vector<std::vector<const Swatch*>> lines;
    double x = width_;
    for (const Swatch& swatch : page_.legend) {
      const double length = SwatchWidth(swatch);
      if (lines.empty() || x + length > width_ - kMargin) {
        lines.emplace_back();
        x = left_;
      }
      lines.back().push_back(&swatch);
      x += length;
    }
    return lines;
  }

  static double SwatchWidth(const Swatch& swatch) {
    return kSwatchSide + 6 + Canvas::TextWidth(swatch.name, kTextSize) + 16;
  }

  std::vector<std::string> CaptionLines() const {
    return WrappedText(page_.caption, kTextSize, width_ - left_ - kMargin);
  }

  double Height() const {
    double height = 2 * kMargin + (page_.title.empty() ? 0 : kHeadingHeight) +
                    (page_.columns.empty() ? 0 : kHeadingHeight);
    for (const GridRow& row : page_.rows) height += RowHeight(row) + (HasNotes(row) ? kNoteHeight : 0) + kGap;
    height -= kGap;
    if (!page_.legend.empty()) height += kGap + kLegendRow * static_cast<double>(LegendLines().size());
    if (!page_.caption.empty()) height += kGap + kCaptionRow * static_cast<double>(CaptionLines().size());
    return height;
  }

  double left() const { return left_; }

  double width() const { return width_; }

 private:
  static double Aspect(const Image& picture) {
    return picture.pixels.empty() ? 1 : static_cast<double>(picture.width) / picture.height;
  }

  const GridPage& page_;
  double left_ = kMargin;
  double width_ = 0;
  std::vector<double> widths_;  // of the columns
};

void DrawCell(const Cell& cell, const Rect& place, Canvas& canvas) {
  if (place.height > 0) canvas.Picture(cell.picture, place.x, place.y, place.width, place.height);
  for (const Tag& tag : cell.tags) {
    canvas.Text(tag.text, place.x + tag.x * place.width, place.y + tag.y * place.height + kNoteSize / 2,
                kNoteSize, kInk, Align::kCenter, /*halo=*/true);
  }
}

void DrawRow(const GridRow& row, double y, const GridLayout& layout, Canvas& canvas) {
  const double height = layout.RowHeight(row);
  for (size_t i = 0; i < row.cells.size(); ++i) {
    const Rect place{layout.CellX(i), y, layout.CellWidth(i), layout.CellHeight(row, i)};
    DrawCell(row.cells[i], place, canvas);
    canvas.Text(FittedText(row.cells[i].note, kNoteSize, place.width), place.x + place.width / 2,
                y + height + kNoteSize + 4, kNoteSize, kPaleInk, Align::kCenter);
  }
  const double width = kHeadingColumn - kGap;
  double baseline = y + kTextSize + 2;
  for (const std::string& line : WrappedText(row.heading, kTextSize, width)) {
    canvas.Text(FittedText(line, kTextSize, width), kMargin, baseline, kTextSize, kInk);
    baseline += kCaptionRow;
  }
  for (const std::string& line : WrappedText(row.note, kNoteSize, width)) {
    canvas.Text(FittedText(line, kNoteSize, width), kMargin, baseline, kNoteSize, kPaleInk);
    baseline += kCaptionRow;
  }
}

}  // namespace

Image DrawGridPage(const GridPage& page) {
  const GridLayout layout(page);
  Canvas canvas(layout.width(), layout.Height());
  double y = kMargin;
  if (!page.title.empty()) {
    canvas.Text(page.title, kMargin, y + kHeadingSize, kHeadingSize, kInk);
    y += kHeadingHeight;
  }
  for (size_t i = 0; i < page.columns.size(); ++i) {
    canvas.Text(FittedText(page.columns[i], kHeadingSize, layout.CellWidth(i)),
                layout.CellX(i) + layout.CellWidth(i) / 2, y + kHeadingSize + 3, kHeadingSize, kInk,
                Align::kCenter);
  }
  if (!page.columns.empty()) y += kHeadingHeight;
  for (const GridRow& row : page.rows) {
    DrawRow(row, y, layout, canvas);
    y += layout.RowHeight(row) + (GridLayout::HasNotes(row) ? kNoteHeight : 0) + kGap;
  }
  for (const std::vector<const Swatch*>& line : layout.LegendLines()) {
    double x = layout.left();
    for (const Swatch* swatch : line) {
      canvas.Rectangle(x, y + (kLegendRow - kSwatchSide) / 2, kSwatchSide, kSwatchSide, swatch->color);
      canvas.Text(swatch->name, x + kSwatchSide + 6, y + (kLegendRow + kTextSize) / 2, kTextSize, kInk);
      x += GridLayout::SwatchWidth(*swatch);
    }
    y += kLegendRow;
  }
  if (!page.legend.empty()) y += kGap;
  for (const std::string& line : layout.CaptionLines()) {
    canvas.Text(line, layout.left(), y + kTextSize + 2, kTextSize, kPaleInk);
    y += kCaptionRow;
  }
  return std::move(canvas).Take();
}

}  // namespace pixelclip
