#include "core/image/resize.h"

#include <gtest/gtest.h>

#include "tests/core/image/image_files.h"

namespace pixelclip {
namespace {

TEST(ResizeAntialiased, MatchesPillowToTheLastBit) {
  const Image input = ReadPpm("resize/input.ppm");
  const Size sizes[] = {{31, 19}, {31, 7}, {12, 19}, {13, 8}, {64, 40}, {5, 33}, {1, 1}, {1, 50}, {70, 1}};
  for (const Size& size : sizes) {
    const std::string name = std::to_string(size.width) + "x" + std::to_string(size.height);
    const Image resized = ResizeAntialiased(input, size.width, size.height);
    EXPECT_EQ(LargestDifference(resized, ReadPpm("resize/" + name + ".ppm")), 0) << name;
  }
}

TEST(ResizeAntialiased, KeepsAFlatColour) {
  const Image white{50, 40, std::vector<uint8_t>(3 * 50 * 40, 255)};
  const Image resized = ResizeAntialiased(white, 333, 7);
  EXPECT_EQ(resized.pixels, std::vector<uint8_t>(3 * 333 * 7, 255));
}

void ExpectSize(Size size, int width, int height) {
  EXPECT_EQ(size.width, width);
  EXPECT_EQ(size.height, height);
}

// Figures of detectron2's ResizeShortestEdge.get_output_shape.
TEST(ShortestEdgeSize, RoundsLikeDetectron2) {
  ExpectSize(ShortestEdgeSize(1920, 1080), 1138, 640);
  ExpectSize(ShortestEdgeSize(1080, 1920), 640, 1138);
  ExpectSize(ShortestEdgeSize(500, 375), 853, 640);
  ExpectSize(ShortestEdgeSize(640, 640), 640, 640);
  ExpectSize(ShortestEdgeSize(37, 23), 1030, 640);
  ExpectSize(ShortestEdgeSize(4000, 500), 2560, 320);
  ExpectSize(ShortestEdgeSize(300, 3333), 230, 2560);
}

TEST(ShortestEdgeSize, NeverVanishes) { ExpectSize(ShortestEdgeSize(65500, 1), 2560, 1); }

}  // namespace
}  // namespace pixelclip
