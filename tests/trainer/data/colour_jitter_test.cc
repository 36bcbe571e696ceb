#include "trainer/data/colour_jitter.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/testing/pictures.h"

namespace pixelclip {
namespace {

using testing::Colour;
using testing::Row;

const Image& Sample() {
  static const Image image = Row({{200, 30, 60}, {10, 220, 90}, {128, 128, 128}, {255, 254, 3}});
  return image;
}

// The expected values are those of Pillow's ImageEnhance and Image.convert.

TEST(ColourJitterTest, Brightness) {
  EXPECT_EQ(AdjustBrightness(Sample(), 0.63).pixels,
            Row({{126, 18, 37}, {6, 138, 56}, {80, 80, 80}, {160, 160, 1}}).pixels);
  EXPECT_EQ(AdjustBrightness(Sample(), 1.37).pixels,
            Row({{255, 41, 82}, {13, 255, 123}, {175, 175, 175}, {255, 255, 4}}).pixels);
}

TEST(ColourJitterTest, Contrast) {
  EXPECT_EQ(AdjustContrast(Sample(), 0.63).pixels,
            Row({{179, 72, 91}, {59, 192, 110}, {134, 134, 134}, {214, 213, 55}}).pixels);
  EXPECT_EQ(AdjustContrast(Sample(), 1.37).pixels,
            Row({{220, 0, 28}, {0, 247, 69}, {121, 121, 121}, {255, 255, 0}}).pixels);
}

TEST(ColourJitterTest, Saturation) {
  EXPECT_EQ(AdjustSaturation(Sample(), 0.63).pixels,
            Row({{157, 49, 68}, {58, 191, 109}, {128, 128, 128}, {244, 243, 85}}).pixels);
  EXPECT_EQ(AdjustSaturation(Sample(), 1.37).pixels,
            Row({{242, 10, 51}, {0, 248, 70}, {128, 128, 128}, {255, 255, 0}}).pixels);
}

TEST(ColourJitterTest, Grey) {
  EXPECT_EQ(ToGrey(Sample()).pixels,
            Row({{84, 84, 84}, {142, 142, 142}, {128, 128, 128}, {226, 226, 226}}).pixels);
}

TEST(ColourJitterTest, FactorOneKeepsEverything) {
  EXPECT_EQ(AdjustBrightness(Sample(), 1).pixels, Sample().pixels);
  EXPECT_EQ(AdjustContrast(Sample(), 1).pixels, Sample().pixels);
  EXPECT_EQ(AdjustSaturation(Sample(), 1).pixels, Sample().pixels);
}

// Pillow's and OpenCV's 8-bit HSV round differently.
void ExpectNear(const Image& image, const Image& expected, int tolerance) {
  for (size_t i = 0; i < image.pixels.size(); ++i) {
    EXPECT_LE(std::abs(image.pixels[i] - expected.pixels[i]), tolerance) << "value " << i;
  }
}

TEST(ColourJitterTest, Hue) {
  ExpectNear(RotateHue(Sample(), 0.2), Row({{200, 198, 31}, {10, 99, 220}, {128, 128, 128}, {3, 255, 50}}),
             6);
  ExpectNear(RotateHue(Sample(), -0.2), Row({{134, 31, 200}, {183, 220, 10}, {128, 128, 128}, {255, 3, 50}}),
             6);
}

}  // namespace
}  // namespace pixelclip
