#include "trainer/evaluate/run_masks.h"

#include <gmock/gmock.h>

#include "core/image/rle.h"

namespace pixelclip {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// The mask's pixels as text, rows under each other.
std::string Drawn(const RunMask& mask, int width, int height) {
  std::string text(static_cast<size_t>(width + 1) * height, '.');
  for (int y = 0; y < height; ++y) text[y * (width + 1) + width] = '\n';
  for (const PixelRun& run : mask) {
    for (uint32_t i = run.begin; i < run.end; ++i) text[i % height * (width + 1) + i / height] = '#';
  }
  return text;
}

std::vector<std::string> Drawn(const absl::StatusOr<std::vector<RunMask>>& masks, int width, int height) {
  std::vector<std::string> texts;
  if (!masks.ok()) return {masks.status().ToString()};
  for (const RunMask& mask : *masks) texts.push_back(Drawn(mask, width, height));
  return texts;
}

TEST(MasksOfValues, MakesOneMaskOfEachValue) {
  const ValueMap map{3,
                     2,
                     {7, 9, 7,  //
                      9, 0, 70000}};
  EXPECT_THAT(Drawn(MasksOfValues(map, 0), 3, 2), ElementsAre("#.#\n...\n", ".#.\n#..\n", "...\n..#\n"));
}

TEST(MasksOfRegions, JoinsWhatTouches) {
  const ValueMap map{5,
                     3,
                     {1, 1, 0, 1, 2,  //
                      0, 0, 1, 0, 2,  //
                      1, 0, 0, 0, 2}};
  EXPECT_THAT(Drawn(MasksOfRegions(map, 0), 5, 3),
              ElementsAre("##.#.\n..#..\n.....\n",    // over corners
                          ".....\n.....\n#....\n",    // apart
                          "....#\n....#\n....#\n"));  // another value
}

TEST(MasksOfRegions, JoinsLateMeetings) {
  const ValueMap map{3,
                     3,
                     {1, 1, 1,  //
                      0, 0, 1,  //
                      1, 1, 1}};
  EXPECT_THAT(Drawn(MasksOfRegions(map, 0), 3, 3), ElementsAre("###\n..#\n###\n"));
}

TEST(MasksOfRegions, KeepsColumnsEndsApart) {
  // The last pixel of a column and the first of the next are neighbours in memory only.
  const ValueMap map{2,
                     3,
                     {0, 1,  //
                      0, 0,  //
                      1, 0}};
  EXPECT_THAT(Drawn(MasksOfRegions(map, 0), 2, 3), ElementsAre("..\n..\n#.\n", ".#\n..\n..\n"));
  EXPECT_THAT(Drawn(MasksOfRegions(ValueMap{2, 1, {0, 0}}, 0), 2, 1), IsEmpty());
}

TEST(MasksOfRegions, RefusesTooMany) {
  ValueMap map{363, 363, {}};
  for (int y = 0; y < map.height; ++y) {
    for (int x = 0; x < map.width; ++x) map.values.push_back(1 + 3 * (y % 2) + x % 3);
  }
  const auto masks = MasksOfRegions(map, 0);
  EXPECT_EQ(masks.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(masks.status().message()), HasSubstr("at most 65535"));
}

TEST(ParseRleMasks, ReadsWhatSegmentAnythingWrites) {
  const std::vector<RleMask> rle = EncodeRle(LabelMap{3, 2, {0, 0, 1, 0, 1, 1}}, 2);
  const std::string list = R"([{"area": 3, "segmentation": {"size": [2, 3], "counts": ")" + rle[1].counts +
                           R"("}}, {"segmentation": {"size": [2, 3], "counts": [0, 2, 4]}}])";
  EXPECT_THAT(Drawn(ParseRleMasks(list, 3, 2), 3, 2), ElementsAre("..#\n.##\n", "#..\n#..\n"));
  const std::string sa1b = R"({"image": {"width": 3}, "annotations": )" + list + "}";
  EXPECT_THAT(Drawn(ParseRleMasks(sa1b, 3, 2), 3, 2), ElementsAre("..#\n.##\n", "#..\n#..\n"));
}

TEST(ParseRleMasks, LeavesEmptyMasksOut) {
  EXPECT_THAT(Drawn(ParseRleMasks(R"([{"segmentation": {"size": [2, 3], "counts": [6]}}])", 3, 2), 3, 2),
              IsEmpty());
}

TEST(ParseRleMasks, NamesTheFaultyMask) {
  const auto problem = [](const std::string& json) {
    return std::string(ParseRleMasks(json, 3, 2).status().message());
  };
  EXPECT_THAT(problem(R"([{"segmentation": {"size": [3, 2], "counts": [6]}}])"),
              HasSubstr("mask 0: has 2x3 pixels"));
  EXPECT_THAT(problem(R"([{"segmentation": {"size": [2, 3], "counts": [5]}}])"), HasSubstr("mask 0: "));
  EXPECT_THAT(problem(R"([{"segmentation": [[0, 0, 1, 0, 1, 1]]}])"), HasSubstr("run lengths"));
  EXPECT_NE(problem("[{"), "");
}

}  // namespace
}  // namespace pixelclip
