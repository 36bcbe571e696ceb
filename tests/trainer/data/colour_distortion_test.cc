#include "trainer/data/colour_distortion.h"

#include <gtest/gtest.h>

#include "tests/testing/pictures.h"

namespace pixelclip {
namespace {

using testing::At;
using testing::Colour;
using testing::Row;

TEST(ColourDistortionTest, ScaleAndShiftCutsAndDoesNotRound) {
  const Image image = ScaleAndShift(Row({{0, 10, 100}, {200, 255, 1}}), 1.5, -3.2);
  EXPECT_EQ(At(image, 0, 0), (Colour{0, 11, 146}));
  EXPECT_EQ(At(image, 1, 0), (Colour{255, 255, 0}));
}

TEST(ColourDistortionTest, SaturationMovesColoursAndLeavesGreys) {
  const Image image = Row({{200, 100, 100}, {90, 90, 90}});
  const Image doubled = ScaleSaturation(image, 2);
  EXPECT_EQ(At(doubled, 0, 0)[0], 200);
  EXPECT_NEAR(At(doubled, 0, 0)[1], 0, 1);
  EXPECT_EQ(At(doubled, 1, 0), (Colour{90, 90, 90}));
  EXPECT_EQ(At(ScaleSaturation(image, 0), 0, 0), (Colour{200, 200, 200}));
}

TEST(ColourDistortionTest, HueGoesAroundTheWheel) {
  const Image image = Row({{255, 0, 0}, {80, 80, 80}});
  EXPECT_EQ(At(ShiftHue(image, 60), 0, 0), (Colour{0, 255, 0}));
  EXPECT_EQ(At(ShiftHue(image, -60), 0, 0), (Colour{0, 0, 255}));
  EXPECT_EQ(At(ShiftHue(image, 0), 0, 0), (Colour{255, 0, 0}));
  EXPECT_EQ(At(ShiftHue(image, 60), 1, 0), (Colour{80, 80, 80}));
}

TEST(ColourDistortionTest, SeedsDecideAndSometimesNothingChanges) {
  const Image image = testing::Noise(8, 8, 1);
  int unchanged = 0;
  for (uint64_t stream = 0; stream < 400; ++stream) {
    Random one(5, stream), same(5, stream);
    const Image distorted = DistortColours(image, one);
    ASSERT_EQ(distorted.pixels, DistortColours(image, same).pixels);
    unchanged += distorted.pixels == image.pixels ? 1 : 0;
  }
  EXPECT_NEAR(unchanged, 400 / 16, 18);  // four coins
}

}  // namespace
}  // namespace pixelclip
