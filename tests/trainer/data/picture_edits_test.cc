#include "trainer/data/picture_edits.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <vector>

#include "tests/testing/pictures.h"

namespace pixelclip {
namespace {

using testing::At;
using testing::Colour;
using testing::Coordinates;

TEST(PictureEditsTest, FlipExchangesLeftAndRight) {
  for (const int width : {1, 4, 5}) {
    const Image image = Flip(Coordinates(width, 3));
    EXPECT_EQ(image.pixels, testing::Painted(width, 3, [width](int x, int y) {
                              return Colour{static_cast<uint8_t>(width - 1 - x), static_cast<uint8_t>(y), 0};
                            }).pixels);
  }
}

TEST(PictureEditsTest, BlurSpreadsAPointLikePillow) {
  const Image point = testing::Painted(11, 11, [](int x, int y) {
    return x == 5 && y == 5 ? Colour{255, 255, 255} : Colour{0, 0, 0};
  });
  const Image blurred = Blur(point, 2);
  const std::vector<int> pillow = {1, 2, 4, 6, 8, 9, 8, 6, 4, 2, 1};
  for (int x = 0; x < 11; ++x) EXPECT_NEAR(At(blurred, x, 5)[1], pillow[x], 2);
  EXPECT_GE(At(Blur(point, 0.1), 5, 5)[0], 249);
}

TEST(PictureEditsTest, BlurKeepsOneColourUpToTheBorder) {
  const Image plain = testing::Painted(9, 7, [](int, int) { return Colour{40, 90, 200}; });
  EXPECT_EQ(Blur(plain, 1.7).pixels, plain.pixels);
}

TEST(PictureEditsTest, BlackenFillsTheBoxOnly) {
  const Image image = Blacken(testing::Painted(6, 5, [](int, int) { return Colour{1, 2, 3}; }), {2, 1, 3, 4});
  EXPECT_EQ(image.pixels, testing::Painted(6, 5, [](int x, int y) {
                            return x >= 2 && x < 5 && y >= 1 ? Colour{0, 0, 0} : Colour{1, 2, 3};
                          }).pixels);
}

TEST(PictureEditsTest, PadKeepsTheCorner) {
  const Image image = Coordinates(3, 2);
  const Colour blue = {0, 0, 255};
  const auto in_corner = [&](int first) {
    return testing::Painted(5, 4,
                            [&](int x, int y) {
                              return y < 2 && x >= first && x < first + 3 ? At(image, x - first, y) : blue;
                            })
        .pixels;
  };
  EXPECT_EQ(Pad(image, 5, 4, false, blue).pixels, in_corner(0));
  EXPECT_EQ(Pad(image, 5, 4, true, blue).pixels, in_corner(2));
  EXPECT_EQ(Pad(image, 3, 2, true, blue).pixels, image.pixels);
}

}  // namespace
}  // namespace pixelclip
