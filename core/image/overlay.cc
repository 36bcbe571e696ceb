#include "core/image/overlay.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "core/image/legend.h"
#include "core/image/palette.h"

namespace pixelclip {
namespace {

// A photo of this side gets lines of one pixel to either side of a border.
constexpr double kSideForThinLines = 700;

class Painter {
 public:
  Painter(const Segmentation& result, const OverlayOptions& options, Image& picture)
      : labels_(result.labels),
        picture_(picture),
        width_(std::min(picture.width, labels_.width)),
        height_(std::min(picture.height, labels_.height)),
        opacity_(static_cast<int>(std::lround(256 * std::clamp(options.opacity, 0.0, 1.0)))) {
    for (const ClassSummary& summary : result.classes) {
      if (summary.label >= is_colored_.size()) is_colored_.resize(summary.label + 1);
      is_colored_[summary.label] = !summary.is_background;
    }
  }

  void FillClasses() {
    for (int y = 0; y < height_; ++y) {
      for (int x = 0; x < width_; ++x) {
        if (IsColored(LabelAt(x, y))) Blend(x, y, opacity_);
      }
    }
  }

  // Paints the pixels within `reach` pixels of another label, in their own class's full colour.
  void DrawBorders(int reach) {
    for (int y = 0; y < height_; ++y) {
      for (int x = 0; x < width_; ++x) {
        if (x + 1 < width_ && LabelAt(x, y) != LabelAt(x + 1, y)) {
          for (int i = 0; i < reach; ++i) PaintBorder(x - i, y, LabelAt(x, y));
          for (int i = 0; i < reach; ++i) PaintBorder(x + 1 + i, y, LabelAt(x + 1, y));
        }
        if (y + 1 < height_ && LabelAt(x, y) != LabelAt(x, y + 1)) {
          for (int i = 0; i < reach; ++i) PaintBorder(x, y - i, LabelAt(x, y));
          for (int i = 0; i < reach; ++i) PaintBorder(x, y + 1 + i, LabelAt(x, y + 1));
        }
      }
    }
  }

 private:
  uint16_t LabelAt(int x, int y) const { return labels_.labels[static_cast<size_t>(y) * labels_.width + x]; }
  bool IsColored(uint16_t label) const { return label < is_colored_.size() && is_colored_[label]; }

  // Only where the pixel is still `label`'s: a line never runs into a neighbour.
  void PaintBorder(int x, int y, uint16_t label) {
    const bool inside = x >= 0 && y >= 0 && x < width_ && y < height_;
    if (inside && LabelAt(x, y) == label && IsColored(label)) Blend(x, y, 256);
  }

  // `opacity` in 1/256. What remains of the photo loses half of its own colours, so that a class looks alike
  // on a red shirt and on a green one.
  void Blend(int x, int y, int opacity) {
    const Color color = ColorOf(LabelAt(x, y));
    uint8_t* pixel = picture_.pixels.data() + 3 * (static_cast<size_t>(y) * picture_.width + x);
    const int luma = (77 * pixel[0] + 150 * pixel[1] + 29 * pixel[2]) >> 8;
    const auto mix = [opacity, luma](uint8_t photo, uint8_t paint) {
      return static_cast<uint8_t>(((photo + luma) / 2 * (256 - opacity) + paint * opacity + 128) >> 8);
    };
    pixel[0] = mix(pixel[0], color.red);
    pixel[1] = mix(pixel[1], color.green);
    pixel[2] = mix(pixel[2], color.blue);
  }

  const LabelMap& labels_;
  Image& picture_;
  const int width_;  // of what picture and labels share
  const int height_;
  const int opacity_;
  std::vector<bool> is_colored_;  // by label
};

// The two beside each other; the space below the lower one is white.
Image Beside(const Image& left, const Image& right) {
  Image both;
  both.width = left.width + right.width;
  both.height = std::max(left.height, right.height);
  both.pixels.resize(size_t{3} * both.width * both.height, 255);
  const auto paste = [&both](const Image& part, int x) {
    const size_t row_bytes = size_t{3} * part.width;
    for (int y = 0; y < part.height; ++y) {
      std::memcpy(both.pixels.data() + 3 * (static_cast<size_t>(y) * both.width + x),
                  part.pixels.data() + y * row_bytes, row_bytes);
    }
  };
  paste(left, 0);
  paste(right, left.width);
  return both;
}

}  // namespace

Image DrawOverlay(const Image& photo, const Segmentation& result, const OverlayOptions& options) {
  Image picture = photo;
  Painter painter(result, options, picture);
  painter.FillClasses();
  if (options.draw_borders) {
    const double side = std::sqrt(static_cast<double>(photo.width) * photo.height);
    painter.DrawBorders(std::max(1, static_cast<int>(std::lround(side / kSideForThinLines))));
  }
  if (!options.draw_legend) return picture;
  const Image legend = DrawLegend(result.classes, photo.width, photo.height, options.max_legend_rows);
  return legend.pixels.empty() ? picture : Beside(picture, legend);
}

}  // namespace pixelclip
