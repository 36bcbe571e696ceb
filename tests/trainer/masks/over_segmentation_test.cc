#include "trainer/masks/over_segmentation.h"

#include <map>

#include "tests/trainer/masks/mask_testing.h"

namespace pixelclip {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Vertical stripes of grey.
Image Stripes(int width, int height, const std::vector<uint8_t>& greys) {
  Image image{width, height, {}};
  for (int i = 0; i < width * height; ++i) {
    const uint8_t grey = greys[static_cast<size_t>(i % width) * greys.size() / width];
    image.pixels.insert(image.pixels.end(), 3, grey);
  }
  return image;
}

Image Noise(int width, int height) {
  std::mt19937 random(9);
  Image image{width, height, {}};
  for (int i = 0; i < 3 * width * height; ++i) image.pixels.push_back(static_cast<uint8_t>(random()));
  return image;
}

std::map<uint16_t, int> Areas(const LabelMap& map) {
  std::map<uint16_t, int> areas;
  for (const uint16_t label : map.labels) ++areas[label];
  return areas;
}

TEST(OverSegment, FindsTheRegionsOfAPlainPicture) {
  const auto map = OverSegment(Stripes(90, 60, {20, 120, 220}));
  ASSERT_TRUE(map.ok()) << map.status();
  EXPECT_EQ(map->width, 90);
  const auto areas = Areas(*map);
  ASSERT_EQ(areas.size(), 3u);
  for (const auto& [label, area] : areas) EXPECT_NEAR(area, 1800, 120) << label;
  EXPECT_EQ(map->labels.front(), 0);
  EXPECT_EQ(map->labels[89], 2);
}

TEST(OverSegment, JoinsWhatDiffersLittle) {
  std::vector<uint8_t> slope;
  for (int grey = 100; grey < 130; ++grey) slope.push_back(static_cast<uint8_t>(grey));
  const auto map = OverSegment(Stripes(90, 60, slope));
  ASSERT_TRUE(map.ok()) << map.status();
  EXPECT_EQ(Areas(*map).size(), 1u);
}

TEST(OverSegment, KeepsRegionsAboveTheirSmallestSize) {
  OverSegmentationOptions options;
  options.scale = 0;
  options.sigma = 0;
  for (const int min_pixels : {1, 10, 100}) {
    options.min_pixels = min_pixels;
    const auto map = OverSegment(Noise(100, 80), options);
    ASSERT_TRUE(map.ok()) << map.status();
    for (const auto& [label, area] : Areas(*map)) EXPECT_GE(area, min_pixels) << label;
    EXPECT_LE(Areas(*map).size(), 8000u / min_pixels);
  }
}

TEST(OverSegment, ReducesLargePictures) {
  const auto map = OverSegment(Stripes(1200, 600, {0, 255}));
  ASSERT_TRUE(map.ok()) << map.status();
  EXPECT_EQ(map->width, 512);
  EXPECT_EQ(map->height, 256);
  EXPECT_NE(map->labels.front(), map->labels.back());
  const auto narrow = OverSegment(Stripes(4000, 20, {0, 255}));
  ASSERT_TRUE(narrow.ok()) << narrow.status();
  EXPECT_EQ(narrow->width, 1024);
  const auto point = OverSegment(Stripes(1, 1, {7}));
  ASSERT_TRUE(point.ok()) << point.status();
  EXPECT_THAT(point->labels, ElementsAre(0));
}

TEST(OverSegment, GivesTheSameLabelsEverywhere) {
  OverSegmentationOptions options;
  options.min_pixels = 20;
  options.scale = 100;
  const auto map = OverSegment(Noise(120, 90), options);
  ASSERT_TRUE(map.ok()) << map.status();
  uint32_t hash = 2166136261u;
  for (const uint16_t label : map->labels) hash = (hash ^ label) * 16777619u;
  EXPECT_EQ(hash, 3462625009u) << Areas(*map).size() << " regions";
}

TEST(OverSegment, NamesTheOptionThatIsOutOfRange) {
  const Image image = Stripes(20, 20, {0});
  OverSegmentationOptions options;
  options.short_side = 4;
  EXPECT_THAT(ErrorOf(OverSegment(image, options)), HasSubstr("short_side is 4; must be 16 to 2048"));
  options = {};
  options.sigma = std::nan("");
  EXPECT_THAT(ErrorOf(OverSegment(image, options)), HasSubstr("sigma is nan"));
  options = {};
  options.scale = -1;
  EXPECT_THAT(ErrorOf(OverSegment(image, options)), HasSubstr("scale is -1"));
  options = {};
  options.min_pixels = 0;
  EXPECT_THAT(ErrorOf(OpenOverSegmented("nowhere", options)), HasSubstr("min_pixels is 0"));
  options = {};
  options.short_side = 400;
  options.min_pixels = 1;
  options.scale = 0;
  options.sigma = 0;
  EXPECT_THAT(ErrorOf(OverSegment(Noise(400, 400), options)), HasSubstr("raise scale or min_pixels"));
}

TEST(OpenOverSegmented, MakesMasksOfRegions) {
  const TemporaryFolder folder;
  folder.Write("b.png", *EncodePng(Stripes(60, 60, {0, 0, 255})));
  folder.Write("a.png", "rubbish");
  const auto source = OpenOverSegmented(folder / "");
  ASSERT_TRUE(source.ok()) << source.status();
  ASSERT_EQ((*source)->size(), 2u);
  EXPECT_THAT(ErrorOf((*source)->Read(0)), HasSubstr("a.png: no known picture format"));
  const auto picture = (*source)->Read(1);
  ASSERT_TRUE(picture.ok()) << picture.status();
  const auto stack = picture->masks->Sample(Whole(picture->image), 3);
  ASSERT_TRUE(stack.ok()) << stack.status();
  ASSERT_EQ(stack->count, 2);
  EXPECT_THAT(Plane(*stack, 0), ElementsAre(1, 1, 0, 1, 1, 0, 1, 1, 0));
  EXPECT_THAT(Plane(*stack, 1), ElementsAre(0, 0, 1, 0, 0, 1, 0, 0, 1));
}

}  // namespace
}  // namespace pixelclip
