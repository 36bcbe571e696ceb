#include "trainer/masks/label_map_masks.h"

#include "tests/trainer/masks/mask_testing.h"

namespace pixelclip {
namespace {

using ::testing::HasSubstr;
using Bytes = std::vector<uint8_t>;

TEST(LabelMapMasks, SortsByAreaAndLeavesSmallOnesOut) {
  const LabelMap map = {3, 3, {7, 7, 9, 4, 4, 9, kNoMask, 4, 5}};
  const auto all = MakeLabelMapMasks(map, 1, 3, 3);
  ASSERT_TRUE(all.ok()) << all.status();
  const auto stack = (*all)->Sample({0, 0, 3, 3}, 3);
  ASSERT_TRUE(stack.ok()) << stack.status();
  ASSERT_EQ(stack->count, 4);
  EXPECT_EQ(Plane(*stack, 0), (Bytes{0, 0, 0, 1, 1, 0, 0, 1, 0}));  // 4
  EXPECT_EQ(Plane(*stack, 1), (Bytes{1, 1, 0, 0, 0, 0, 0, 0, 0}));  // 7, as large as 9
  EXPECT_EQ(Plane(*stack, 2), (Bytes{0, 0, 1, 0, 0, 1, 0, 0, 0}));  // 9
  EXPECT_EQ(Plane(*stack, 3), (Bytes{0, 0, 0, 0, 0, 0, 0, 0, 1}));  // 5

  const auto large = MakeLabelMapMasks(map, 3, 3, 3);
  ASSERT_TRUE(large.ok()) << large.status();
  EXPECT_EQ((*large)->Sample({0, 0, 3, 3}, 3)->count, 1);
}

TEST(LabelMapMasks, SamplesLikeAFullBitmap) {
  std::mt19937 random(4);
  for (int round = 0; round < 100; ++round) {
    LabelMap map{1 + static_cast<int>(random() % 30), 1 + static_cast<int>(random() % 30), {}};
    Bitmap bitmap{map.width, map.height, {}};
    for (int i = 0; i < map.width * map.height; ++i) {
      bitmap.pixels.push_back(random() % 2);
      map.labels.push_back(bitmap.pixels.back() ? 3 : kNoMask);
    }
    map.labels[0] = 3;
    bitmap.pixels[0] = 1;
    const int width = map.width * 16, height = map.height * 16;
    const auto masks = MakeLabelMapMasks(map, 1, width, height);
    ASSERT_TRUE(masks.ok()) << masks.status();
    const Crop crop = RandomCrop(random, width, height);
    const auto stack = (*masks)->Sample(crop, 17);
    ASSERT_TRUE(stack.ok()) << stack.status();
    ASSERT_EQ(stack->pixels, SampleSlowly(bitmap, crop, 17, width, height)) << round;
  }
}

TEST(LabelMapMasks, RefusesTooManyMasksAndAnotherShape) {
  LabelMap map{100, 100, {}};
  for (int i = 0; i < 10000; ++i) map.labels.push_back(static_cast<uint16_t>(i));
  EXPECT_THAT(ErrorOf(MakeLabelMapMasks(map, 1, 100, 100)), HasSubstr("10000 masks; at most 4096"));
  EXPECT_THAT(ErrorOf(MakeLabelMapMasks(map, 1, 100, 150)), HasSubstr("do not have the shape"));
}

}  // namespace
}  // namespace pixelclip
