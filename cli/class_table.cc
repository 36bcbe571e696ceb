#include "cli/class_table.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/table.h"
#include "core/image/palette.h"

namespace pixelclip {
namespace {

// Up to so many classes are all listed, whether they have pixels or not.
constexpr size_t kShortList = 20;

// The nearest of the 6 x 6 x 6 colours that every 256-colour terminal has.
int NearestOf256(const Color& color) {
  const auto step = [](int value) { return value < 48 ? 0 : std::min((value - 35) / 40, 5); };
  return 16 + 36 * step(color.red) + 6 * step(color.green) + step(color.blue);
}

std::string Swatch(const ClassSummary& summary, ColorMode mode) {
  if (mode == ColorMode::kNone) return "";
  if (summary.is_background) return "  ";
  const Color color = ColorOf(summary.label);
  const std::string code = mode == ColorMode::kTrueColor
                               ? absl::StrCat("2;", color.red, ";", color.green, ";", color.blue)
                               : absl::StrCat("5;", NearestOf256(color));
  return absl::StrCat("\x1b[48;", code, "m  \x1b[0m");
}

std::string FormatShare(const ClassSummary& summary) {
  const double percent = 100 * summary.share;
  if (summary.pixels > 0 && percent < 0.05) return "< 0.1 %";
  return absl::StrFormat("%.1f %%", percent);
}

std::string FormatScore(const ClassSummary& summary) {
  return summary.pixels > 0 ? absl::StrFormat("%.3f", summary.mean_score) : "–";
}

}  // namespace

std::string FormatClassTable(const Segmentation& segmentation, ColorMode color, int columns) {
  std::vector<ClassSummary> classes = segmentation.classes;
  std::stable_sort(classes.begin(), classes.end(),
                   [](const ClassSummary& a, const ClassSummary& b) { return a.pixels > b.pixels; });
  size_t listed = classes.size();
  if (classes.size() > kShortList) {
    listed =
        std::count_if(classes.begin(), classes.end(), [](const ClassSummary& one) { return one.pixels > 0; });
  }

  Table table({{"class", Table::Align::kLeft},
               {"share", Table::Align::kRight},
               {"mean score", Table::Align::kRight}});
  for (size_t i = 0; i < listed; ++i) {
    const ClassSummary& summary = classes[i];
    table.AddRow({summary.name, FormatShare(summary), FormatScore(summary)}, Swatch(summary, color));
  }
  std::string text = table.Format(columns);
  if (listed < classes.size()) {
    absl::StrAppend(&text, "and ", classes.size() - listed, " classes without pixels\n");
  }
  return text;
}

}  // namespace pixelclip
