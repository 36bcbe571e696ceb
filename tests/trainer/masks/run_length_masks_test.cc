#include "trainer/masks/run_length_masks.h"

#include <limits>

#include "core/image/rle.h"
#include "tests/testing/synthetic_sa1b.h"
#include "tests/trainer/masks/mask_testing.h"

namespace pixelclip {
namespace {

using ::testing::HasSubstr;

Bitmap ToBitmap(const std::vector<PixelRun>& runs, int width, int height) {
  Bitmap mask{width, height, std::vector<uint8_t>(static_cast<size_t>(width) * height)};
  for (const PixelRun& run : runs) {
    for (uint32_t i = run.begin; i < run.end; ++i) {
      mask.pixels[static_cast<size_t>(i % height) * width + i / height] = 1;
    }
  }
  return mask;
}

std::vector<PixelRun> RandomRuns(std::mt19937& random, uint32_t pixels) {
  std::vector<PixelRun> runs;
  for (uint32_t at = random() % 40; at + 1 < pixels; at += 1 + random() % 40) {
    const uint32_t end = std::min<uint32_t>(pixels, at + 1 + random() % 60);
    runs.push_back({at, end});
    at = end;
  }
  return runs;
}

TEST(RunsFromCounts, ReadsWhatCoreWrites) {
  std::mt19937 random(1);
  for (int round = 0; round < 20; ++round) {
    LabelMap map{1 + static_cast<int>(random() % 60), 1 + static_cast<int>(random() % 60), {}};
    uint16_t label = 0;
    for (int i = 0; i < map.width * map.height; ++i) {
      if (random() % 9 == 0) label = random() % 3;
      map.labels.push_back(label);
    }
    for (const RleMask& mask : EncodeRle(map, 3)) {
      const auto runs = RunsFromCounts(mask.counts, int64_t{map.width} * map.height);
      ASSERT_TRUE(runs.ok()) << runs.status();
      const Bitmap bitmap = ToBitmap(*runs, map.width, map.height);
      for (size_t i = 0; i < map.labels.size(); ++i) {
        ASSERT_EQ(bitmap.pixels[i], map.labels[i] == mask.label) << i;
      }
      EXPECT_EQ(testing::EncodeCounts(*runs, int64_t{map.width} * map.height), mask.counts);
    }
  }
}

TEST(RunsFromCounts, RefusesWhatIsNoMaskOfThatSize) {
  // "0" is zero, "1" one, and so on; "o0" is 31 in two characters, "O" is -1.
  EXPECT_TRUE(RunsFromCounts("55", 10).ok());
  EXPECT_THAT(ErrorOf(RunsFromCounts("", 10)), HasSubstr("end at pixel 0 of 10"));
  EXPECT_THAT(ErrorOf(RunsFromCounts("54", 10)), HasSubstr("end at pixel 9 of 10"));
  EXPECT_THAT(ErrorOf(RunsFromCounts("56", 10)), HasSubstr("exceed the 10 pixels"));
  EXPECT_THAT(ErrorOf(RunsFromCounts("5O", 10)), HasSubstr("malformed counts behind pixel 5"));
  EXPECT_THAT(ErrorOf(RunsFromCounts("5o", 10)), HasSubstr("malformed"));
  EXPECT_THAT(ErrorOf(RunsFromCounts("5 ", 10)), HasSubstr("malformed"));
  EXPECT_THAT(ErrorOf(RunsFromCounts("5\xE9", 10)), HasSubstr("malformed"));
  EXPECT_THAT(ErrorOf(RunsFromCounts("ooooooooo5", 10)), HasSubstr("malformed"));
  EXPECT_THAT(ErrorOf(RunsFromCounts("oooooo3", 10)), HasSubstr("exceed"));     // almost 2^32
  EXPECT_THAT(ErrorOf(RunsFromCounts("PPPPPP4", 10)), HasSubstr("malformed"));  // 2^32
}

TEST(RunsFromLengths, JoinsRunsThatTouch) {
  const auto runs = RunsFromLengths({2, 3, 0, 1, 4, 0}, 10);
  ASSERT_TRUE(runs.ok()) << runs.status();
  ASSERT_EQ(runs->size(), 1u);
  EXPECT_EQ(runs->front().begin, 2u);
  EXPECT_EQ(runs->front().end, 6u);
  EXPECT_THAT(ErrorOf(RunsFromLengths({5, 4294967295u}, 10)), HasSubstr("exceed"));
}

TEST(RunsFromCounts, SurvivesRandomText) {
  std::mt19937 random(2);
  for (int round = 0; round < 20000; ++round) {
    std::string counts;
    for (size_t i = random() % 12; i > 0; --i) counts += static_cast<char>(48 + random() % 66);
    const auto runs = RunsFromCounts(counts, 1000);
    if (!runs.ok()) continue;
    uint32_t end = 0;
    for (const PixelRun& run : *runs) {
      ASSERT_TRUE(run.begin < run.end && run.end <= 1000 && (run.begin > end || run.begin == 0)) << counts;
      end = run.end;
    }
  }
}

TEST(RunLengthMasks, SamplesLikeAFullBitmap) {
  std::mt19937 random(3);
  for (int round = 0; round < 300; ++round) {
    MaskPlacement placement;
    placement.width = 1 + random() % 70;
    placement.height = 1 + random() % 70;
    const int factor = 1 + random() % 3;
    const bool is_smaller = random() % 2 == 0;  // the mask than the picture
    placement.picture_width = is_smaller ? placement.width * factor : std::max(1, placement.width / factor);
    placement.picture_height =
        is_smaller ? placement.height * factor : std::max(1, placement.height / factor);
    const auto runs = RandomRuns(random, static_cast<uint32_t>(placement.width * placement.height));
    const auto masks = MakeRunLengthMasks({runs}, placement);
    ASSERT_TRUE(masks.ok()) << masks.status();

    const Crop crop = RandomCrop(random, placement.picture_width, placement.picture_height);
    const int side = 1 + random() % 40;
    const auto stack = (*masks)->Sample(crop, side);
    ASSERT_TRUE(stack.ok()) << stack.status();
    const Bitmap bitmap = ToBitmap(runs, placement.width, placement.height);
    ASSERT_EQ(Plane(*stack, 0),
              SampleSlowly(bitmap, crop, side, placement.picture_width, placement.picture_height))
        << round;
  }
}

// torch.nn.functional.interpolate(mode="nearest") of a row 0, 1, 2 ... gave these.
TEST(RunLengthMasks, PointsLookWherePyTorchsNearestDoes) {
  const auto looks = [](int points, int pixels) {
    std::vector<int> places;
    for (int i = 0; i < points; ++i) places.push_back(NearestPixel(i, points, pixels));
    return places;
  };
  EXPECT_EQ(looks(8, 20), (std::vector<int>{0, 2, 5, 7, 10, 12, 15, 17}));  // 256 of 640
  EXPECT_EQ(looks(4, 8), (std::vector<int>{0, 2, 4, 6}));
  EXPECT_EQ(looks(6, 3), (std::vector<int>{0, 0, 1, 1, 2, 2}));
  EXPECT_EQ(looks(3, 3), (std::vector<int>{0, 1, 2}));
}

TEST(RunLengthMasks, AFlippedViewIsSampledAfterItIsFlipped) {
  // One row of five pixels, of which the last two are the mask; a view of the same size on two points.
  const auto masks = MakeRunLengthMasks({{{15, 25}}}, {5, 5, 5, 5});
  ASSERT_TRUE(masks.ok()) << masks.status();
  const auto row = [&](bool flipped) {
    const auto stack = (*masks)->Sample({0, 0, 5, 5, flipped, 5}, 2);
    return std::vector<uint8_t>(stack->pixels.begin(), stack->pixels.begin() + 2);
  };
  EXPECT_EQ(row(false), (std::vector<uint8_t>{0, 0}));  // pixels 0 and 2
  EXPECT_EQ(row(true), (std::vector<uint8_t>{1, 0}));   // pixels 4 and 2
}

TEST(RunLengthMasks, SortsByAreaAndKeepsEmptyMasks) {
  const auto masks = MakeRunLengthMasks({{{0, 1}}, {}, {{0, 3}}, {{2, 4}}, {{1, 2}}}, {2, 2, 2, 2});
  ASSERT_TRUE(masks.ok()) << masks.status();
  const auto stack = (*masks)->Sample({0, 0, 2, 2}, 2);
  ASSERT_TRUE(stack.ok()) << stack.status();
  ASSERT_EQ(stack->count, 5);
  using Bytes = std::vector<uint8_t>;
  EXPECT_EQ(Plane(*stack, 0), (Bytes{1, 1, 1, 0}));
  EXPECT_EQ(Plane(*stack, 1), (Bytes{0, 1, 0, 1}));
  EXPECT_EQ(Plane(*stack, 2), (Bytes{1, 0, 0, 0}));  // equal areas keep their order
  EXPECT_EQ(Plane(*stack, 3), (Bytes{0, 0, 1, 0}));
  EXPECT_EQ(Plane(*stack, 4), (Bytes{0, 0, 0, 0}));
}

TEST(RunLengthMasks, TakesMasksAtHalfSize) {
  EXPECT_TRUE(MakeRunLengthMasks({}, {750, 1125, 1500, 2250}).ok());
  EXPECT_TRUE(MakeRunLengthMasks({}, {667, 500, 1333, 1000}).ok());  // rounded
  EXPECT_TRUE(MakeRunLengthMasks({}, {1333, 1000, 667, 500}).ok());  // the picture was halved
  EXPECT_THAT(ErrorOf(MakeRunLengthMasks({}, {2250, 1500, 1500, 2250})), HasSubstr("do not have the shape"));
  EXPECT_THAT(ErrorOf(MakeRunLengthMasks({}, {500, 500, 500, 510})), HasSubstr("do not have the shape"));
  EXPECT_THAT(ErrorOf(MakeRunLengthMasks({}, {0, 5, 5, 5})), HasSubstr("masks of 0x5"));
  EXPECT_THAT(ErrorOf(MakeRunLengthMasks({}, {60000, 60000, 5, 5})), HasSubstr("at most"));
}

TEST(RunLengthMasks, BoundsWhatItAllocates) {
  EXPECT_THAT(ErrorOf(MakeRunLengthMasks(std::vector<std::vector<PixelRun>>(5000), {4, 4, 4, 4})),
              HasSubstr("5000 masks; at most 4096"));
  const auto masks = MakeRunLengthMasks(std::vector<std::vector<PixelRun>>(4000), {4, 4, 4, 4});
  ASSERT_TRUE(masks.ok());
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_THAT(ErrorOf((*masks)->Sample({0, 0, 4, 4}, 2000)), HasSubstr("4000 masks of 2000x2000"));
  EXPECT_THAT(ErrorOf((*masks)->Sample({0, 0, 4, 4}, 0)), HasSubstr("grid of 0 points"));
  EXPECT_THAT(ErrorOf((*masks)->Sample({0, 0, 4, 4}, 100000)), HasSubstr("grid of 100000 points"));
  EXPECT_THAT(ErrorOf((*masks)->Sample({nan, 0, 4, 4}, 2)), HasSubstr("crop of"));
  EXPECT_THAT(ErrorOf((*masks)->Sample({0, 0, infinity, 4}, 2)), HasSubstr("crop of"));
  EXPECT_THAT(ErrorOf((*masks)->Sample({0, 0, 4, -1}, 2)), HasSubstr("crop of"));
  EXPECT_TRUE((*masks)->Sample({-1e300, 1e300, 1e300, 1e-300}, 2).ok());
}

}  // namespace
}  // namespace pixelclip
