#include "trainer/data/mask_edits.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

namespace pixelclip {
namespace {

TEST(MaskEditsTest, CutsThePointsWhosePixelIsInTheBox) {
  for (const int view_side : {7, 16, 40, 641}) {
    for (const Box box :
         {Box{0, 0, 3, 7}, Box{2, 1, 4, 5}, Box{3, 3, 0, 2}, Box{0, 0, view_side, view_side}}) {
      constexpr int kSide = 16;
      const MaskStack masks =
          CutFromMasks({2, kSide, std::vector<uint8_t>(2 * kSide * kSide, 1)}, box, view_side);
      for (int i = 0; i < 2 * kSide * kSide; ++i) {
        const int x = i % kSide * view_side / kSide, y = i / kSide % kSide * view_side / kSide;
        const bool is_cut = x >= box.x && x < box.x + box.width && y >= box.y && y < box.y + box.height;
        ASSERT_EQ(masks.pixels[i], is_cut ? 0 : 1) << "point " << i << " of a view of " << view_side;
      }
    }
  }
}

TEST(MaskEditsTest, DropsEmptyMasksAndKeepsTheOrder) {
  const MaskStack masks = DropEmptyMasks({4, 2, {0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1}});
  EXPECT_EQ(masks.count, 2);
  EXPECT_EQ(masks.side, 2);
  EXPECT_EQ(masks.pixels, (std::vector<uint8_t>{1, 0, 0, 0, 0, 1, 0, 1}));
}

TEST(MaskEditsTest, NoMasksStayNoMasks) {
  EXPECT_EQ(DropEmptyMasks({0, 8, {}}).count, 0);
  EXPECT_EQ(DropEmptyMasks({1, 2, {0, 0, 0, 0}}).count, 0);
  EXPECT_EQ(CutFromMasks({0, 8, {}}, {1, 1, 2, 2}, 20).count, 0);
}

}  // namespace
}  // namespace pixelclip
