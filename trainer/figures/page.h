#ifndef PIXELCLIP_TRAINER_FIGURES_PAGE_H_
#define PIXELCLIP_TRAINER_FIGURES_PAGE_H_

#include <string>
#include <vector>

#include "core/image/image.h"
#include "trainer/figures/canvas.h"

namespace pixelclip {

// Measures that all figures share, in points.
inline constexpr double kPageWidth = 960;
inline constexpr double kMargin = 18;
inline constexpr double kGap = 8;            // between pictures
inline constexpr double kHeadingSize = 9.5;  // height of a capital
inline constexpr double kTextSize = 8.5;
inline constexpr double kNoteSize = 7.5;

// A word written on a picture, such as a region's name.
struct Tag {
  std::string text;
  double x = 0, y = 0;  // its centre, from 0 to 1 of the picture's sides
};

struct Cell {
  Image picture;  // without pixels: the cell stays empty
  std::vector<Tag> tags;
  std::string note;  // below the picture
};

struct GridRow {
  std::string heading;  // to the left; may be empty
  std::string note;     // below it
  std::vector<Cell> cells;
};

// A colour and what it stands for.
struct Swatch {
  Color color;
  std::string name;
};

// Pictures in aligned rows and columns with headings, a legend of swatches in as many lines as it needs, and
// a caption. Cells are as wide as the page lets them; a row is as high as its highest picture, at most twice
// as high as wide. Line breaks in a row's note are kept.
struct GridPage {
  std::string title;
  std::vector<std::string> columns;  // their headings
  std::vector<GridRow> rows;
  std::vector<Swatch> legend;
  std::string caption;
  double max_cell_width = 300;  // points
  // Columns get widths by which the first row's pictures are equally high, at most max_cell_width.
  bool justified = false;
};

Image DrawGridPage(const GridPage& page);

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_FIGURES_PAGE_H_
