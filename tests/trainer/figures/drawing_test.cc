#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/image/palette.h"
#include "trainer/figures/canvas.h"
#include "trainer/figures/clustered_masks.h"
#include "trainer/figures/mask_grid.h"
#include "trainer/figures/prompt_map.h"
#include "trainer/figures/prompt_masks.h"
#include "trainer/figures/side_by_side.h"

namespace pixelclip {
namespace {

using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::SizeIs;

Image Plain(int width, int height, uint8_t value) {
  return {width, height, std::vector<uint8_t>(size_t{3} * width * height, value)};
}

MaskStack TwoHalves(int side) {
  MaskStack masks{2, side, std::vector<uint8_t>(size_t{2} * side * side)};
  const size_t half = static_cast<size_t>(side) * side / 2;
  std::fill(masks.pixels.begin(), masks.pixels.begin() + half, 1);
  std::fill(masks.pixels.begin() + 3 * half, masks.pixels.end(), 1);
  return masks;
}

bool HasPixel(const Image& image, Color color) {
  for (size_t i = 0; i < image.pixels.size(); i += 3) {
    if (image.pixels[i] == color.red && image.pixels[i + 1] == color.green &&
        image.pixels[i + 2] == color.blue) {
      return true;
    }
  }
  return false;
}

void ExpectWhole(const Image& image) {
  ASSERT_GT(image.width, 0);
  EXPECT_EQ(image.pixels.size(), size_t{3} * image.width * image.height);
}

TEST(Canvas, HasTwoPixelsAPoint) {
  const Image page = Canvas(30.5, 20).Take();
  EXPECT_EQ(page.width, 61);
  EXPECT_EQ(page.height, 40);
}

TEST(Canvas, DrawsNothingOutsideOfThePage) {
  Canvas canvas(20, 20);
  canvas.Text("longer than the page", -5, -3, 8, kInk);
  canvas.TextUpwards("longer than the page", 25, 10, 8, kInk);
  canvas.Picture(Plain(4, 4, 9), 15, 15, 10, 10);
  canvas.Disc(0, 0, 50, kInk);
  canvas.Line(-100, -100, 100, 100, 3, kInk);
  ExpectWhole(std::move(canvas).Take());
}

TEST(Text, IsCutAndWrapped) {
  const double width = Canvas::TextWidth("a dog and a c...", 8);
  EXPECT_EQ(FittedText("a dog", 8, width), "a dog");
  EXPECT_EQ(FittedText("a dog and a cat in the grass", 8, width), "a dog and a c...");
  EXPECT_THAT(WrappedText("one two three", 8, Canvas::TextWidth("one two", 8) + 1),
              ElementsAre("one two", "three"));
}

TEST(MaskGrid, ColoursMasksByNumberAndByCluster) {
  const MaskGridRow row{Plain(32, 32, 90), Plain(32, 32, 120), TwoHalves(16), {9, 9}};
  const Image grid = DrawMaskGrid({row, row}, "step 10");
  ExpectWhole(grid);
  EXPECT_TRUE(HasPixel(grid, {90, 90, 90}));
  EXPECT_TRUE(HasPixel(grid, {120, 120, 120}));
}

TEST(MaskGrid, TakesPicturesWithoutMasks) {
  ExpectWhole(DrawMaskGrid({{Plain(32, 32, 90), Plain(32, 32, 120), {0, 16, {}}, {}}}, ""));
}

TEST(ClusteredMasks, HasAColumnForEachModel) {
  const ClusteredPicture picture{Plain(64, 64, 90), TwoHalves(16), {{0, 1}, {3, 3}, {-1, 2}}};
  const Image one = DrawClusteredMasks({{Plain(64, 64, 90), TwoHalves(16), {{0, 1}}}}, {"C = 64"}, "");
  const Image three = DrawClusteredMasks({picture}, {"C = 64", "C = 128", "C = 256"}, "Masks.");
  ExpectWhole(one);
  ExpectWhole(three);
  EXPECT_GT(three.width, one.width);
}

// Clusters 3 and 27 have like colours of their own.
TEST(ClusteredMasks, GivesTheLargestClustersTheFirstColours) {
  const auto draw = [](int left, int right) {
    return DrawClusteredMasks({{Plain(64, 64, 90), TwoHalves(16), {{left, right}}}}, {"C"}, "");
  };
  const Image small = draw(0, 1), large = draw(3, 27);
  EXPECT_EQ(small.height, large.height);
  const auto corner = [](const Image& figure, int from_right) {
    const size_t at = 3 * (static_cast<size_t>(figure.height / 2) * figure.width + figure.width - from_right);
    return std::vector<int>(figure.pixels.begin() + at, figure.pixels.begin() + at + 3);
  };
  EXPECT_EQ(corner(small, 2 * 18 + 40), corner(large, 2 * 18 + 40));
}

TEST(SideBySide, TheLegendNamesWhatIsSeen) {
  Segmentation result;
  result.labels = {40, 30, std::vector<uint16_t>(1200, 1)};
  result.classes.resize(2);
  result.classes[0].name = "cat";
  result.classes[1].name = "grass, lawn";
  result.classes[1].label = 1;
  result.classes[1].pixels = 1200;
  result.classes[1].share = 1;
  const Image figure =
      DrawSideBySide({{Plain(40, 30, 128), {result, result}}}, {"CLIP", "PixelCLIP"}, "Caption.");
  ExpectWhole(figure);
  EXPECT_TRUE(HasPixel(figure, ColorOf(1)));   // the swatch
  EXPECT_FALSE(HasPixel(figure, ColorOf(0)));  // what nobody saw has none
}

TEST(NearestNames, AreNearestByCosine) {
  const TextFeatures prompts{2, 2, {10, 0, 0, -1}};
  const TextFeatures classes{3, 2, {0.6f, 0.8f, 1, 0, 0, -5}};
  const std::vector<NearestName> nearest = FindNearestNames(prompts, classes, {"cat", "sky, air", "road"});
  ASSERT_THAT(nearest, SizeIs(2));
  EXPECT_EQ(nearest[0].name, "sky");
  EXPECT_NEAR(nearest[0].cosine, 1, 1e-6);
  EXPECT_EQ(nearest[1].name, "road");
}

TEST(PromptMasks, ShowsThePromptsThatCoverMost) {
  PromptedPicture picture{Plain(20, 20, 100), {20, 20, std::vector<uint16_t>(400, 1)}};
  picture.prompts.labels[0] = 0;  // covers too little to be shown unless asked for
  const std::vector<NearestName> names = {{"cat", 0.5}, {"road", 0.25}};
  const Image one = DrawPromptMasks({picture}, names, 1, "");
  const Image both = DrawPromptMasks({picture}, names, 8, "");
  ExpectWhole(one);
  EXPECT_GT(both.height, one.height);
}

TEST(PromptMap, DrawsPromptsAndNames) {
  PromptMap map;
  map.prompts = {4, 3, {1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 1, 0}};
  map.classes = {3, 3, {0.9f, 0.1f, 0, 0, 0.8f, 0.1f, 0.2f, 0, 1}};
  map.names = {"road, street", "sky", "river"};
  map.caption = "Prompts among names.";
  const auto figure = DrawPromptMap(map);
  ASSERT_TRUE(figure.ok()) << figure.status();
  ExpectWhole(*figure);
  EXPECT_TRUE(HasPixel(*figure, SeriesColor(0)));
  EXPECT_TRUE(HasPixel(*figure, SeriesColor(1)));
  map.classes.channels = 1;
  EXPECT_FALSE(DrawPromptMap(map).ok());
}

}  // namespace
}  // namespace pixelclip
