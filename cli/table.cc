#include "cli/table.h"

#include <algorithm>
#include <utility>

#include "cli/display_text.h"

namespace pixelclip {
namespace {

constexpr int kGap = 2;
constexpr int kNarrowestCut = 8;
constexpr char kNoSwatch[] = "  ";

}  // namespace

Table::Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

void Table::AddRow(std::vector<std::string> cells, std::string swatch) {
  for (std::string& cell : cells) cell = Printable(cell);
  cells.resize(columns_.size());
  rows_.push_back({std::move(cells), std::move(swatch)});
}

std::string Table::Format(int columns) const {
  const bool has_swatches =
      std::any_of(rows_.begin(), rows_.end(), [](const Row& row) { return !row.swatch.empty(); });
  const int indent = has_swatches ? 2 + kGap : 0;

  std::vector<int> widths;
  int total = indent - kGap;
  for (size_t c = 0; c < columns_.size(); ++c) {
    int width = DisplayWidth(columns_[c].heading);
    for (const Row& row : rows_) width = std::max(width, DisplayWidth(row.cells[c]));
    widths.push_back(width);
    total += width + kGap;
  }
  int& widest = *std::max_element(widths.begin(), widths.end());
  widest = std::max(widest - std::max(total - columns, 0), std::min(widest, kNarrowestCut));

  std::string text;
  const auto add_line = [&](const std::string& swatch, auto cell_of) {
    std::string line;
    if (has_swatches) line.append(swatch.empty() ? kNoSwatch : swatch).append(kGap, ' ');
    for (size_t c = 0; c < columns_.size(); ++c) {
      const std::string cell = Ellipsize(cell_of(c), widths[c]);
      if (c > 0) line.append(kGap, ' ');
      line += columns_[c].align == Align::kLeft ? PadRight(cell, widths[c]) : PadLeft(cell, widths[c]);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  };
  add_line("", [&](size_t c) { return columns_[c].heading; });
  for (const Row& row : rows_) {
    add_line(row.swatch, [&](size_t c) { return row.cells[c]; });
  }
  return text;
}

}  // namespace pixelclip
