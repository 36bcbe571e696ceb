#include "core/image/overlay.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "core/image/palette.h"

namespace pixelclip {
namespace {

Image GrayPhoto(int width, int height) {
  return {width, height, std::vector<uint8_t>(size_t{3} * width * height, 100)};
}

// Vertical stripes of equal width, one for each name.
Segmentation Stripes(int width, int height, const std::vector<std::string>& names) {
  Segmentation result;
  const int count = static_cast<int>(names.size());
  result.labels = {width, height, {}};
  for (int i = 0; i < width * height; ++i) {
    result.labels.labels.push_back(static_cast<uint16_t>(i % width * count / width));
  }
  for (int i = 0; i < count; ++i) {
    ClassSummary summary;
    summary.name = names[i];
    summary.label = static_cast<uint16_t>(i);
    summary.pixels = int64_t{width} * height / count;
    summary.share = 1.0 / count;
    result.classes.push_back(summary);
  }
  return result;
}

Color PixelAt(const Image& image, int x, int y) {
  const uint8_t* pixel = image.pixels.data() + 3 * (size_t{1} * y * image.width + x);
  return {pixel[0], pixel[1], pixel[2]};
}

bool operator==(const Color& a, const Color& b) {
  return a.red == b.red && a.green == b.green && a.blue == b.blue;
}

constexpr Color kPhotoColor = {100, 100, 100};

OverlayOptions WithoutLegend() {
  OverlayOptions options;
  options.draw_legend = false;
  return options;
}

TEST(DrawOverlay, BlendsTheClassesColours) {
  const Image overlay = DrawOverlay(GrayPhoto(60, 40), Stripes(60, 40, {"dog", "grass"}), WithoutLegend());
  EXPECT_EQ(overlay.width, 60);
  EXPECT_EQ(overlay.height, 40);
  const Color dog = PixelAt(overlay, 10, 20);
  EXPECT_NEAR(dog.red, (100 + ColorOf(0).red) / 2, 1);
  EXPECT_NEAR(dog.green, (100 + ColorOf(0).green) / 2, 1);
  EXPECT_NEAR(dog.blue, (100 + ColorOf(0).blue) / 2, 1);
  EXPECT_TRUE(PixelAt(overlay, 29, 20) == ColorOf(0)) << "the border's left side";
  EXPECT_TRUE(PixelAt(overlay, 30, 20) == ColorOf(1)) << "the border's right side";
}

TEST(DrawOverlay, LeavesTheBackgroundAlone) {
  Segmentation result = Stripes(60, 40, {"dog", "none of these"});
  result.classes[1].is_background = true;
  const Image overlay = DrawOverlay(GrayPhoto(60, 40), result, WithoutLegend());
  for (int x = 30; x < 60; ++x) EXPECT_TRUE(PixelAt(overlay, x, 20) == kPhotoColor) << x;
}

TEST(DrawOverlay, PutsALegendBesideThePhoto) {
  const Image overlay = DrawOverlay(GrayPhoto(300, 200), Stripes(300, 200, {"dog", "grass", "sky"}));
  EXPECT_GT(overlay.width, 300);
  EXPECT_EQ(overlay.height, 200);
  std::set<int> found;
  for (int y = 0; y < overlay.height; ++y) {
    for (int x = 300; x < overlay.width; ++x) {
      for (int label = 0; label < 4; ++label) {
        if (PixelAt(overlay, x, y) == ColorOf(static_cast<uint16_t>(label))) found.insert(label);
      }
    }
  }
  EXPECT_EQ(found, (std::set<int>{0, 1, 2}));
}

TEST(DrawOverlay, LegendFollowsTheShares) {
  Segmentation result = Stripes(300, 200, {"absent", "small", "large", "none of these"});
  result.classes[0].pixels = 0;
  result.classes[1].pixels = 10;
  result.classes[3].is_background = true;
  const Image overlay = DrawOverlay(GrayPhoto(300, 200), result);
  int first_row[3] = {-1, -1, -1};
  for (int y = overlay.height - 1; y >= 0; --y) {
    for (int x = 300; x < overlay.width; ++x) {
      for (int label = 0; label < 3; ++label) {
        if (PixelAt(overlay, x, y) == ColorOf(static_cast<uint16_t>(label))) first_row[label] = y;
      }
    }
  }
  EXPECT_EQ(first_row[0], -1) << "a class without pixels has no row";
  EXPECT_GT(first_row[2], 0);
  EXPECT_GT(first_row[1], first_row[2]) << "the larger class comes first";
}

TEST(DrawOverlay, StandsStrangeInput) {
  std::vector<std::string> many(200,
                                "a name that is much too long to be written beside a photograph 長城 \xFF");
  EXPECT_GE(DrawOverlay(GrayPhoto(400, 100), Stripes(400, 100, many)).height, 100);
  EXPECT_GT(DrawOverlay(GrayPhoto(1, 1), Stripes(1, 1, {"dog"})).width, 1);
  EXPECT_GT(DrawOverlay(GrayPhoto(3000, 2), Stripes(3000, 2, {"dog", "cat"})).height, 2);

  // Labels without a class, and a label map smaller than the photo.
  Segmentation result = Stripes(20, 20, {"dog", "cat"});
  result.classes.pop_back();
  const Image overlay = DrawOverlay(GrayPhoto(60, 40), result, WithoutLegend());
  EXPECT_TRUE(PixelAt(overlay, 15, 10) == kPhotoColor);
  EXPECT_TRUE(PixelAt(overlay, 50, 30) == kPhotoColor);

  // Nothing to list: no legend.
  EXPECT_EQ(DrawOverlay(GrayPhoto(60, 40), Segmentation()).width, 60);
}

TEST(ColorOf, KeepsColoursApart) {
  for (int a = 0; a < 48; ++a) {
    for (int b = 0; b < a; ++b) {
      const Color x = ColorOf(static_cast<uint16_t>(a));
      const Color y = ColorOf(static_cast<uint16_t>(b));
      const double distance = std::hypot(x.red - y.red, x.green - y.green, x.blue - y.blue);
      EXPECT_GT(distance, b < 12 && a < 12 ? 60 : 25) << a << " and " << b;
    }
  }
}

}  // namespace
}  // namespace pixelclip
