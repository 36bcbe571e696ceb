#ifndef PIXELCLIP_TRAINER_FIGURES_CANVAS_H_
#define PIXELCLIP_TRAINER_FIGURES_CANVAS_H_

#include <string>
#include <vector>

#include "core/image/image.h"
#include "core/image/palette.h"

namespace pixelclip {

// Where a text's anchor is.
enum class Align { kLeft, kCenter, kRight };

// Inks of all figures.
inline constexpr Color kInk{33, 36, 40};
inline constexpr Color kPaleInk{108, 114, 120};
inline constexpr Color kHairline{217, 220, 224};
inline constexpr Color kPaper{255, 255, 255};

// The colour of series or group `index` of a chart: Okabe and Ito's, which differ for every kind of colour
// vision, without their yellow, which is faint on white. After seven they come again.
Color SeriesColor(int index);

// A white page that figures are drawn on. Lengths are in points; the picture has `kScale` pixels a point, so
// that it stays sharp in print. Nothing outside of the page is drawn. For one thread.
class Canvas {
 public:
  static constexpr int kScale = 2;

  // REQUIRES: positive sides.
  Canvas(double width, double height);

  // Resizes the picture to width x height points, antialiased where it shrinks.
  void Picture(const Image& picture, double x, double y, double width, double height);

  // One line; `size` is the height of a capital letter. UTF-8, transliterated to ASCII. A halo is a rim of
  // paper around the letters, for text on pictures.
  void Text(const std::string& text, double x, double baseline, double size, Color ink,
            Align align = Align::kLeft, bool halo = false);

  // The same upwards, read from the right, centred on (x, y) along its length; x is the baseline.
  void TextUpwards(const std::string& text, double x, double y, double size, Color ink);

  void Rectangle(double x, double y, double width, double height, Color fill);
  void Frame(double x, double y, double width, double height, double stroke, Color ink);
  void Line(double x1, double y1, double x2, double y2, double stroke, Color ink);
  void Polyline(const std::vector<double>& xs, const std::vector<double>& ys, double stroke, Color ink);
  void Disc(double x, double y, double radius, Color fill);
  void Diamond(double x, double y, double radius, Color fill);

  // The finished picture; the canvas is empty afterwards.
  Image Take() &&;

  // In points.
  static double TextWidth(const std::string& text, double size);

 private:
  Image page_;
};

// The text, cut with "..." to at most `width` points.
std::string FittedText(const std::string& text, double size, double width);

// The text in lines of at most `width` points, broken at spaces and where it has line breaks.
std::vector<std::string> WrappedText(const std::string& text, double size, double width);

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_FIGURES_CANVAS_H_
