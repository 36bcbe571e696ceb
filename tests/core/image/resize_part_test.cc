#include <gtest/gtest.h>

#include "core/image/resize.h"
#include "tests/testing/pictures.h"

namespace pixelclip {
namespace {

using testing::At;
using testing::Noise;

void ExpectPartOfTheWhole(const Image& image, const Size& size, const Box& part) {
  const Image whole = ResizeAntialiased(image, size.width, size.height);
  const Image result = ResizePart(image, size, part);
  ASSERT_EQ(result.width, part.width);
  ASSERT_EQ(result.height, part.height);
  EXPECT_EQ(result.pixels, testing::Painted(part.width, part.height, [&](int x, int y) {
                             return At(whole, part.x + x, part.y + y);
                           }).pixels);
}

TEST(ResizePartTest, Reduces) { ExpectPartOfTheWhole(Noise(97, 61, 1), {41, 23}, {7, 5, 20, 11}); }

TEST(ResizePartTest, Enlarges) { ExpectPartOfTheWhole(Noise(37, 31, 2), {101, 90}, {50, 3, 51, 40}); }

TEST(ResizePartTest, KeepsOneSideOrBoth) {
  ExpectPartOfTheWhole(Noise(40, 30, 3), {40, 17}, {3, 2, 30, 15});
  ExpectPartOfTheWhole(Noise(40, 30, 4), {25, 30}, {3, 2, 20, 28});
  ExpectPartOfTheWhole(Noise(40, 30, 5), {40, 30}, {3, 2, 37, 28});
}

TEST(ResizePartTest, TakesTheWholeAndSinglePixels) {
  ExpectPartOfTheWhole(Noise(50, 40, 6), {20, 16}, {0, 0, 20, 16});
  ExpectPartOfTheWhole(Noise(50, 40, 7), {20, 16}, {19, 15, 1, 1});
  ExpectPartOfTheWhole(Noise(1, 1, 8), {3, 2}, {1, 0, 2, 2});
  ExpectPartOfTheWhole(Noise(300, 1, 9), {30, 1}, {4, 0, 9, 1});
}

}  // namespace
}  // namespace pixelclip
