#ifndef PIXELCLIP_CLI_TABLE_H_
#define PIXELCLIP_CLI_TABLE_H_

#include <string>
#include <vector>

namespace pixelclip {

// Rows of text in columns that are as wide as their widest cell. Cells are made printable; a row may be
// shorter than the heading. Ends with a newline.
class Table {
 public:
  enum class Align { kLeft, kRight };

  struct Column {
    std::string heading;
    Align align = Align::kLeft;
  };

  explicit Table(std::vector<Column> columns);

  // `swatch`: terminal codes printed before the row, two columns wide, or empty.
  void AddRow(std::vector<std::string> cells, std::string swatch = {});

  // Where a line would be wider than `columns`, the cells of the widest column are cut.
  std::string Format(int columns) const;

 private:
  struct Row {
    std::vector<std::string> cells;
    std::string swatch;
  };

  std::vector<Column> columns_;
  std::vector<Row> rows_;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_CLI_TABLE_H_
