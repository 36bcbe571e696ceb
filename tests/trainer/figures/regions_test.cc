#include "trainer/figures/regions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pixelclip {
namespace {

using ::testing::ElementsAre;

TEST(RegionsOf, SmallMasksLieOverLargeOnes) {
  const MaskStack masks{3,
                        2,
                        {0, 0, 1, 0,  //
                         1, 1, 1, 0,  //
                         0, 0, 0, 1}};
  EXPECT_THAT(RegionsOf(masks, {5, 7, -1}).labels, ElementsAre(7, 7, 5, kNoRegion));
}

TEST(ResizeNearest, RepeatsPixels) {
  EXPECT_THAT(ResizeNearest({2, 1, {3, 4}}, 4, 2).labels, ElementsAre(3, 3, 4, 4, 3, 3, 4, 4));
}

TEST(FindSpots, LieInTheirRegions) {
  // A square of label 1 in the left upper quarter, label 2 elsewhere but for one pixel.
  LabelMap map{40, 40, std::vector<uint16_t>(1600, 2)};
  for (int y = 0; y < 20; ++y) {
    for (int x = 0; x < 20; ++x) map.labels[y * 40 + x] = 1;
  }
  map.labels.back() = 3;
  const std::vector<RegionSpot> spots = FindSpots(map, 0.01);
  ASSERT_EQ(spots.size(), 2u);
  EXPECT_EQ(spots[0].label, 1);
  EXPECT_NEAR(spots[0].x, 0.25, 0.02);
  EXPECT_NEAR(spots[0].y, 0.25, 0.02);
  EXPECT_NEAR(spots[0].room, 0.5, 0.03);
  EXPECT_EQ(spots[1].label, 2);
  EXPECT_TRUE(spots[1].x > 0.5 || spots[1].y > 0.5);
}

TEST(PaintRegions, LeavesTheRestAlone) {
  const Image photo{2, 1, {10, 20, 30, 40, 50, 60}};
  const Image painted = PaintRegions(photo, {2, 1, {0, kNoRegion}});
  EXPECT_NE(painted.pixels[0], 10);
  EXPECT_THAT(std::vector<uint8_t>(painted.pixels.begin() + 3, painted.pixels.end()),
              ElementsAre(40, 50, 60));
}

}  // namespace
}  // namespace pixelclip
