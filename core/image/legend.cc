#include "core/image/legend.h"

#include <algorithm>
#include <cmath>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "core/image/palette.h"
#include "core/image/transliterate.h"

namespace pixelclip {
namespace {

constexpr int kFont = cv::FONT_HERSHEY_SIMPLEX;
constexpr double kCapitalHeight = 21;  // of the font at scale 1, in pixels
constexpr int kFewestRows = 4;
constexpr size_t kLongestName = 28;  // characters
const cv::Scalar kPaper(255, 255, 255);
const cv::Scalar kInk(40, 36, 33);
const cv::Scalar kPaleInk(128, 122, 117);

struct Row {
  std::string name;
  std::string share;
  bool has_swatch = true;
  bool is_hollow = false;  // the background's swatch is only a frame
  Color color;
};

std::string Percent(double share) {
  if (share > 0 && share < 0.001) return "<0.1%";
  return absl::StrFormat("%.1f%%", 100 * share);
}

std::string Shortened(std::string name) {
  if (name.size() <= kLongestName) return name;
  name.resize(kLongestName - 3);
  return name + "...";
}

std::vector<Row> RowsOf(const std::vector<ClassSummary>& classes, int max_rows) {
  std::vector<const ClassSummary*> shown;
  for (const ClassSummary& summary : classes) {
    if (summary.pixels > 0) shown.push_back(&summary);
  }
  std::stable_sort(shown.begin(), shown.end(), [](const ClassSummary* a, const ClassSummary* b) {
    if (a->is_background != b->is_background) return b->is_background;
    return a->pixels > b->pixels;
  });
  const int count = static_cast<int>(shown.size());
  // "and 1 more" would take the row of that one.
  const int listed = count <= max_rows ? count : std::max(1, max_rows - 1);
  std::vector<Row> rows;
  for (int i = 0; i < listed; ++i) {
    const ClassSummary& summary = *shown[i];
    rows.push_back({Shortened(TransliterateToAscii(summary.name)), Percent(summary.share), true,
                    summary.is_background, ColorOf(summary.label)});
  }
  if (listed < count) {
    double share = 0;
    for (int i = listed; i < count; ++i) share += shown[i]->share;
    rows.push_back({absl::StrCat("and ", count - listed, " more"), Percent(share), false, false, {}});
  }
  return rows;
}

// All lengths follow from the height of a capital letter, in pixels.
struct Metrics {
  double letter = 0;

  double row_height() const { return 2.3 * letter; }
  double margin() const { return 1.5 * letter; }
  double swatch() const { return 1.35 * letter; }
  double gap() const { return 0.8 * letter; }
  double font_scale() const { return letter / kCapitalHeight; }
  double stroke() const { return std::max(1.0, letter / 8); }
};

Metrics MetricsFor(int photo_width, int photo_height) {
  const double typical_side = std::sqrt(static_cast<double>(photo_width) * photo_height);
  return {std::clamp(typical_side / 58, 8.0, 200.0)};
}

double TextWidth(const std::string& text, const Metrics& metrics) {
  return cv::getTextSize(text, kFont, 1, 1, nullptr).width * metrics.font_scale();
}

void PutText(const std::string& text, double x, double baseline, const Metrics& metrics,
             const cv::Scalar& ink, cv::Mat& panel) {
  cv::putText(panel, text, cv::Point(cvRound(x), cvRound(baseline)), kFont, metrics.font_scale(), ink,
              cvRound(metrics.stroke()), cv::LINE_AA);
}

void DrawSwatch(const Row& row, double x, double y, const Metrics& metrics, cv::Mat& panel) {
  const cv::Rect box(cvRound(x), cvRound(y), cvRound(metrics.swatch()), cvRound(metrics.swatch()));
  if (row.is_hollow) {
    cv::rectangle(panel, box, kPaleInk, cvRound(metrics.stroke()), cv::LINE_AA);
  } else {
    cv::rectangle(panel, box, cv::Scalar(row.color.red, row.color.green, row.color.blue), cv::FILLED);
  }
}

// One row, `width` by metrics.row_height() pixels.
cv::Mat DrawRow(const Row& row, double width, const Metrics& metrics) {
  cv::Mat panel(cvRound(metrics.row_height()), cvRound(width), CV_8UC3, kPaper);
  const double middle = metrics.row_height() / 2;
  const double baseline = middle + metrics.letter / 2;
  if (row.has_swatch) {
    DrawSwatch(row, metrics.margin(), middle - metrics.swatch() / 2, metrics, panel);
  }
  const cv::Scalar& ink = row.has_swatch && !row.is_hollow ? kInk : kPaleInk;
  PutText(row.name, metrics.margin() + metrics.swatch() + metrics.gap(), baseline, metrics, ink, panel);
  PutText(row.share, width - metrics.margin() - TextWidth(row.share, metrics), baseline, metrics, kPaleInk,
          panel);
  return panel;
}

}  // namespace

Image DrawLegend(const std::vector<ClassSummary>& classes, int photo_width, int photo_height, int max_rows) {
  const Metrics metrics = MetricsFor(photo_width, photo_height);
  const int fitting = static_cast<int>((photo_height - 2 * metrics.gap()) / metrics.row_height());
  const std::vector<Row> rows = RowsOf(classes, std::min(max_rows, std::max(fitting, kFewestRows)));
  Image legend;
  if (rows.empty()) return legend;

  double name_width = 0;
  double share_width = TextWidth("00.0%", metrics);
  for (const Row& row : rows) {
    name_width = std::max(name_width, TextWidth(row.name, metrics));
    share_width = std::max(share_width, TextWidth(row.share, metrics));
  }
  const double width = 2 * metrics.margin() + metrics.swatch() + 3 * metrics.gap() + name_width + share_width;
  const int row_height = cvRound(metrics.row_height());
  const int top = cvRound(metrics.gap());

  legend.width = cvRound(width);
  legend.height = std::max<int>(photo_height, 2 * top + row_height * static_cast<int>(rows.size()));
  legend.pixels.resize(size_t{3} * legend.width * legend.height);
  cv::Mat panel(legend.height, legend.width, CV_8UC3, legend.pixels.data());
  panel.setTo(kPaper);
  // Small letters are drawn several times as large and shrunk, which gives them even, soft strokes.
  const double magnification = std::max(1.0, std::ceil(48 / metrics.letter));
  const Metrics magnified{metrics.letter * magnification};
  for (size_t i = 0; i < rows.size(); ++i) {
    const cv::Mat large = DrawRow(rows[i], width * magnification, magnified);
    cv::Mat place = panel(cv::Rect(0, top + static_cast<int>(i) * row_height, legend.width, row_height));
    cv::resize(large, place, place.size(), 0, 0, cv::INTER_AREA);
  }
  return legend;
}

}  // namespace pixelclip
