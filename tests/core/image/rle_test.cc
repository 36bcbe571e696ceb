#include "core/image/rle.h"

#include <gmock/gmock.h>

namespace pixelclip {
namespace {

using ::testing::HasSubstr;

// The strings below are what pycocotools.mask.encode gives.
TEST(EncodeRle, MatchesPycocotools) {
  const LabelMap map{5,
                     3,
                     {0, 0, 1, 1, 2,  //
                      0, 2, 2, 1, 1,  //
                      2, 2, 0, 0, 1}};
  const std::vector<RleMask> masks = EncodeRle(map, 4);
  ASSERT_EQ(masks.size(), 4u);
  EXPECT_EQ(masks[0].counts, "021O30N01");
  EXPECT_EQ(masks[1].counts, "612100");
  EXPECT_EQ(masks[2].counts, "21110O30N");
  EXPECT_EQ(masks[3].counts, "?");
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(masks[i].width, 5);
    EXPECT_EQ(masks[i].height, 3);
    EXPECT_EQ(masks[i].label, i);
  }
}

LabelMap Disc() {
  LabelMap map{80, 60, {}};
  for (int y = 0; y < 60; ++y) {
    for (int x = 0; x < 80; ++x) {
      map.labels.push_back((x - 40) * (x - 40) + (y - 30) * (y - 30) < 400);
    }
  }
  return map;
}

TEST(EncodeRle, MatchesPycocotoolsOnLongRuns) {
  const std::vector<RleMask> masks = EncodeRle(Disc(), 2);
  EXPECT_EQ(masks[0].counts,
            "0TX1=YiN4L4M2M4M2N2O0O2N2O0O2O0O2O000000000000000000000001N101N101N2N101N2N3L3N3L4LjT1");
  EXPECT_EQ(masks[1].counts,
            "TX1=]14L4M2M4M2N2O0O2N2O0O2O0O2O000000000000000000000001N101N101N2N101N2N3L3N3L4LjT1");
}

TEST(EncodeRle, LeavesOtherLabelsOut) {
  EXPECT_TRUE(EncodeRle(Disc(), 0).empty());
  EXPECT_EQ(EncodeRle(Disc(), 1).size(), 1u);
}

TEST(EncodeRle, RunsGoOnAcrossManyColumns) {
  LabelMap map{300, 3, std::vector<uint16_t>(900, 1)};
  EXPECT_EQ(EncodeRle(map, 2)[1].counts, "0Tl0");
  map.labels[2 * 300 + 191] = 0;  // the last pixel of a column, and the next column's first
  map.labels[192] = 0;
  const std::vector<RleMask> masks = EncodeRle(map, 2);
  EXPECT_EQ(DecodeRle(masks)->labels, map.labels);
  EXPECT_EQ(EncodeRle(map, 1).front().counts, masks[0].counts);
}

TEST(DecodeRle, ReversesEncodeRle) {
  const absl::StatusOr<LabelMap> map = DecodeRle(EncodeRle(Disc(), 3));
  ASSERT_TRUE(map.ok()) << map.status();
  EXPECT_EQ(map->width, 80);
  EXPECT_EQ(map->height, 60);
  EXPECT_EQ(map->labels, Disc().labels);
}

TEST(DecodeRle, TakesTheLabelsOfTheMasks) {
  std::vector<RleMask> masks = EncodeRle({2, 1, {0, 1}}, 2);
  masks[0].label = 700;
  masks[1].label = 7;
  EXPECT_EQ(DecodeRle(masks)->labels, (std::vector<uint16_t>{700, 7}));
}

std::string ErrorOf(const std::vector<RleMask>& masks, const DecodeLimits& limits = {}) {
  const absl::StatusOr<LabelMap> map = DecodeRle(masks, limits);
  if (map.ok()) return "decoded";
  EXPECT_EQ(map.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(map.status().message());
}

TEST(DecodeRle, RefusesHostileCounts) {
  EXPECT_EQ(ErrorOf({{3, 5, "0?", 0}}), "decoded");  // no zeros, fifteen ones
  EXPECT_THAT(ErrorOf({{3, 5, "?", 0}}), HasSubstr("pixel 0 by columns is in none"));
  EXPECT_THAT(ErrorOf({{3, 5, "", 0}}), HasSubstr("counts end at pixel 0 of 15"));
  EXPECT_THAT(ErrorOf({{3, 5, "03", 0}}), HasSubstr("counts end at pixel 3 of 15"));
  EXPECT_THAT(ErrorOf({{3, 5, "0`0", 0}}), HasSubstr("counts exceed the 15 pixels"));
  EXPECT_THAT(ErrorOf({{3, 5, "0O", 0}}), HasSubstr("malformed counts"));         // minus one
  EXPECT_THAT(ErrorOf({{3, 5, "011K", 0}}), HasSubstr("malformed counts"));       // falls below zero
  EXPECT_THAT(ErrorOf({{3, 5, "0P", 0}}), HasSubstr("malformed counts"));         // the number goes on
  EXPECT_THAT(ErrorOf({{3, 5, "0ooooooo0", 0}}), HasSubstr("malformed counts"));  // for ever
  EXPECT_THAT(ErrorOf({{3, 5, "0oooooo4", 0}}), HasSubstr("malformed counts"));   // 2^32 and more
  EXPECT_THAT(ErrorOf({{3, 5, "0 ?", 0}}), HasSubstr("malformed counts"));
  EXPECT_THAT(ErrorOf({{3, 5, "0\x80", 0}}), HasSubstr("malformed counts"));
}

TEST(DecodeRle, RefusesMasksThatDoNotFitTogether) {
  EXPECT_THAT(ErrorOf({}), HasSubstr("0 masks"));
  EXPECT_THAT(ErrorOf({{3, 5, "0?", 0}, {3, 5, "0?", 1}}), HasSubstr("masks[1]: overlaps"));
  EXPECT_THAT(ErrorOf({{3, 5, "0?", 0}, {5, 3, "?", 1}}), HasSubstr("masks[1]: 3x5 pixels"));
  EXPECT_THAT(ErrorOf({{3, 5, "0?", 65535}}), HasSubstr("label 65535"));
  EXPECT_THAT(ErrorOf({{-3, -5, "0?", 0}}), HasSubstr("masks[0]: -5x-3 pixels"));
  EXPECT_THAT(ErrorOf({{60000, 60000, "0?", 0}}), HasSubstr("masks[0]: 60000x60000 pixels"));
}

}  // namespace
}  // namespace pixelclip
