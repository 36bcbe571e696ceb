#include "trainer/figures/canvas.h"

#include <algorithm>
#include <cmath>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#include <utility>

#include "absl/strings/str_split.h"
#include "core/image/resize.h"
#include "core/image/transliterate.h"

namespace pixelclip {
namespace {

// The typeface of core/image/legend.cc.
constexpr int kFont = cv::FONT_HERSHEY_SIMPLEX;
constexpr double kCapitalHeight = 21;  // at scale 1, in pixels
constexpr double kDrawnHeight = 64;    // letters are drawn this large and shrunk, which makes strokes even
constexpr int kShift = 4;              // bits of a pixel's fraction in OpenCV's coordinates

cv::Mat Wrap(Image& image) { return cv::Mat(image.height, image.width, CV_8UC3, image.pixels.data()); }

cv::Scalar ToScalar(Color color) { return cv::Scalar(color.red, color.green, color.blue); }

cv::Point FinePoint(double x, double y) {
  constexpr double kUnits = Canvas::kScale * (1 << kShift);
  // OpenCV's coordinates mean centres of pixels.
  constexpr double kHalf = 0.5 * (1 << kShift);
  return cv::Point(cvRound(x * kUnits - kHalf), cvRound(y * kUnits - kHalf));
}

int Pixels(double points) { return cvRound(points * Canvas::kScale); }

// Ink 0..255 of a text whose capitals are `letter` pixels high. The baseline is at 2 / 3.2 of its height, the
// text begins `letter` / 2 from the left.
cv::Mat InkOf(const std::string& ascii, double letter, double stroke) {
  const double magnification = kDrawnHeight / letter;
  const double scale = kDrawnHeight / kCapitalHeight;
  const int width = cvCeil(cv::getTextSize(ascii, kFont, scale, 1, nullptr).width / magnification + letter);
  const int height = cvCeil(3.2 * letter);
  cv::Mat large(cvRound(height * magnification), cvRound(width * magnification), CV_8UC1, cv::Scalar(0));
  cv::putText(large, ascii, cv::Point(cvRound(letter / 2 * magnification), cvRound(2 * kDrawnHeight)), kFont,
              scale, cv::Scalar(255), cvRound(stroke * magnification), cv::LINE_AA);
  cv::Mat ink;
  cv::resize(large, ink, cv::Size(width, height), 0, 0, cv::INTER_AREA);
  return ink;
}

// Lays `color` over the page where there is ink, whose upper left corner is at (left, top).
void Blend(const cv::Mat& ink, int left, int top, Color color, cv::Mat page) {
  const cv::Rect place = cv::Rect(left, top, ink.cols, ink.rows) & cv::Rect(0, 0, page.cols, page.rows);
  const uint8_t paint[] = {color.red, color.green, color.blue};
  for (int y = place.y; y < place.y + place.height; ++y) {
    for (int x = place.x; x < place.x + place.width; ++x) {
      const int share = ink.at<uint8_t>(y - top, x - left);
      auto& pixel = page.at<cv::Vec3b>(y, x);
      for (int c = 0; c < 3; ++c) {
        pixel[c] = static_cast<uint8_t>((pixel[c] * (255 - share) + paint[c] * share + 127) / 255);
      }
    }
  }
}

double StrokeOf(double letter) { return std::max(1.0, letter / 7.5); }

}  // namespace

Color SeriesColor(int index) {
  constexpr Color kColors[] = {{0, 114, 178},  {213, 94, 0},  {0, 158, 115}, {204, 121, 167},
                               {86, 180, 233}, {230, 159, 0}, {70, 70, 70}};
  return kColors[index % std::size(kColors)];
}

Canvas::Canvas(double width, double height) {
  page_.width = cvCeil(width * kScale);
  page_.height = cvCeil(height * kScale);
  page_.pixels.assign(size_t{3} * page_.width * page_.height, 255);
}

void Canvas::Picture(const Image& picture, double x, double y, double width, double height) {
  Image resized = ResizeAntialiased(picture, std::max(1, Pixels(width)), std::max(1, Pixels(height)));
  const cv::Rect place(Pixels(x), Pixels(y), resized.width, resized.height);
  const cv::Rect visible = place & cv::Rect(0, 0, page_.width, page_.height);
  if (!visible.empty()) Wrap(resized)(visible - place.tl()).copyTo(Wrap(page_)(visible));
}

void Canvas::Text(const std::string& text, double x, double baseline, double size, Color ink, Align align,
                  bool halo) {
  if (text.empty()) return;
  const std::string ascii = TransliterateToAscii(text);
  const double letter = size * kScale;
  const double width = TextWidth(text, size) * kScale;
  const double start = x * kScale - (align == Align::kLeft ? 0 : align == Align::kCenter ? width / 2 : width);
  const int left = cvRound(start - letter / 2), top = cvRound(baseline * kScale - 2 * letter);
  if (halo) {
    Blend(InkOf(ascii, letter, StrokeOf(letter) + letter / 2.5), left, top, kPaper, Wrap(page_));
  }
  Blend(InkOf(ascii, letter, StrokeOf(letter)), left, top, ink, Wrap(page_));
}

void Canvas::TextUpwards(const std::string& text, double x, double y, double size, Color ink) {
  if (text.empty()) return;
  const double letter = size * kScale;
  cv::Mat turned;
  cv::rotate(InkOf(TransliterateToAscii(text), letter, StrokeOf(letter)), turned,
             cv::ROTATE_90_COUNTERCLOCKWISE);
  Blend(turned, cvRound(x * kScale - 2 * letter), cvRound(y * kScale - turned.rows / 2.0), ink, Wrap(page_));
}

void Canvas::Rectangle(double x, double y, double width, double height, Color fill) {
  cv::rectangle(Wrap(page_), cv::Rect(Pixels(x), Pixels(y), Pixels(width), Pixels(height)), ToScalar(fill),
                cv::FILLED);
}

void Canvas::Frame(double x, double y, double width, double height, double stroke, Color ink) {
  Rectangle(x - stroke, y - stroke, width + 2 * stroke, stroke, ink);
  Rectangle(x - stroke, y + height, width + 2 * stroke, stroke, ink);
  Rectangle(x - stroke, y, stroke, height, ink);
  Rectangle(x + width, y, stroke, height, ink);
}

void Canvas::Line(double x1, double y1, double x2, double y2, double stroke, Color ink) {
  cv::line(Wrap(page_), FinePoint(x1, y1), FinePoint(x2, y2), ToScalar(ink), std::max(1, Pixels(stroke)),
           cv::LINE_AA, kShift);
}

void Canvas::Polyline(const std::vector<double>& xs, const std::vector<double>& ys, double stroke,
                      Color ink) {
  for (size_t i = 1; i < xs.size(); ++i) Line(xs[i - 1], ys[i - 1], xs[i], ys[i], stroke, ink);
}

void Canvas::Disc(double x, double y, double radius, Color fill) {
  cv::circle(Wrap(page_), FinePoint(x, y), cvRound(radius * kScale * (1 << kShift)), ToScalar(fill),
             cv::FILLED, cv::LINE_AA, kShift);
}

void Canvas::Diamond(double x, double y, double radius, Color fill) {
  const cv::Point corners[] = {FinePoint(x, y - radius), FinePoint(x + radius, y), FinePoint(x, y + radius),
                               FinePoint(x - radius, y)};
  cv::fillConvexPoly(Wrap(page_), corners, 4, ToScalar(fill), cv::LINE_AA, kShift);
}

Image Canvas::Take() && { return std::move(page_); }

double Canvas::TextWidth(const std::string& text, double size) {
  const double scale = kDrawnHeight / kCapitalHeight;
  return cv::getTextSize(TransliterateToAscii(text), kFont, scale, 1, nullptr).width * size / kDrawnHeight;
}

std::string FittedText(const std::string& text, double size, double width) {
  std::string fitted = TransliterateToAscii(text);
  if (Canvas::TextWidth(fitted, size) <= width) return fitted;
  while (!fitted.empty() && Canvas::TextWidth(fitted + "...", size) > width) fitted.pop_back();
  return fitted + "...";
}

std::vector<std::string> WrappedText(const std::string& text, double size, double width) {
  std::vector<std::string> lines;
  for (const std::string& paragraph :
       std::vector<std::string>(absl::StrSplit(text, '\n', absl::SkipEmpty()))) {
    std::string line;
    for (const std::string& word :
         std::vector<std::string>(absl::StrSplit(paragraph, ' ', absl::SkipEmpty()))) {
      const std::string longer = line.empty() ? word : line + " " + word;
      if (!line.empty() && Canvas::TextWidth(longer, size) > width) {
        lines.push_back(line);
        line = word;
      } else {
        line = longer;
      }
    }
    lines.push_back(line);
  }
  return lines;
}

}  // namespace pixelclip
