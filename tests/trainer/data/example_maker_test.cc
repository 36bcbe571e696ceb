#include "trainer/data/example_maker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/trainer/data/loader_testing.h"
#include "tests/trainer/data/puppet_source.h"

namespace pixelclip {
namespace {

using testing::At;
using testing::BoxMasks;
using testing::Colour;
using ::testing::HasSubstr;
using testing::PuppetSource;
using ::testing::SizeIs;

const std::atomic<bool> kGoOn = false;

AugmentationSettings Small() { return testing::SmallSettings(1).augmentation; }

// A white rectangle on black, and a mask that is the rectangle.
class OneRectangle : public MaskSource {
 public:
  size_t size() const override { return 1; }
  std::string name(size_t) const override { return "rectangle"; }
  absl::StatusOr<MaskedPicture> Read(size_t) const override {
    const Image image = testing::Painted(60, 50, [](int x, int y) {
      return x >= 13 && x < 41 && y >= 8 && y < 33 ? Colour{255, 255, 255} : Colour{0, 0, 0};
    });
    return MaskedPicture{"rectangle", image, std::make_unique<BoxMasks>(std::vector<Box>{{13, 8, 28, 25}})};
  }
};

TEST(ExampleMakerTest, MasksShowWhatTheViewsShow) {
  AugmentationSettings settings;
  settings.short_side = 50;  // the picture's own
  settings.crop_side = 30;
  settings.distort_colours = false;
  settings.jitter_chance = settings.grey_chance = settings.blur_chance = 0;
  const OneRectangle source;
  const ExampleMaker maker(&source, settings, 30, 5, 0);
  for (int index = 0; index < 50; ++index) {
    const TrainingExample example = *maker.Make(index, kGoOn).example;
    ASSERT_EQ(example.masks.count, 1);
    for (int i = 0; i < 30 * 30; ++i) {
      ASSERT_EQ(example.masks.pixels[i] * 255, example.strong[3 * i]);  // the cut-out is black and in no mask
    }
  }
}

TEST(ExampleMakerTest, TheCutOutCanStayInTheMasks) {
  AugmentationSettings settings = Small();
  settings.cut_masks = false;
  const PuppetSource source(1);
  const TrainingExample example = *ExampleMaker(&source, settings, 8, 5, 0).Make(0, kGoOn).example;
  EXPECT_EQ(std::vector<uint8_t>(example.masks.pixels.end() - 64, example.masks.pixels.end()),
            std::vector<uint8_t>(64, 1));
}

TEST(ExampleMakerTest, TheNextGoodPictureOfTheOrderTakesABadOnesPlace) {
  PuppetSource source(10);
  const ExampleMaker maker(&source, Small(), 8, 5, 10);
  std::vector<std::string> order;
  for (int i = 0; i < 10; ++i) order.push_back(maker.Make(i, kGoOn).example->name);

  for (const int place : {4, 5}) source.unreadable.insert(std::stoul(order[place].substr(8)));
  const MadeExample made = maker.Make(4, kGoOn);
  EXPECT_EQ(made.example->name, order[6]);
  ASSERT_THAT(made.bad, SizeIs(2));
  EXPECT_EQ(made.bad[0].name, order[4]);
  EXPECT_EQ(made.bad[1].name, order[5]);
  EXPECT_EQ(made.bad[1].why.message(), order[5] + " is missing");
}

TEST(ExampleMakerTest, MasksThatCannotBeSampledMakeAPictureBad) {
  PuppetSource source(2);
  source.broken_masks = {0};
  const ExampleMaker maker(&source, Small(), 8, 5, 10);
  for (int i = 0; i < 4; ++i) {
    const MadeExample made = maker.Make(i, kGoOn);
    EXPECT_EQ(made.example->name, "picture 1");
    for (const BadPicture& bad : made.bad) EXPECT_THAT(bad.why.message(), HasSubstr("annotations[3]"));
  }
}

TEST(ExampleMakerTest, GivesUpBehindTheLimitAndWhenNothingIsLeft) {
  PuppetSource source(10);
  for (size_t i = 0; i < 10; ++i) source.unreadable.insert(i);
  const MadeExample limited = ExampleMaker(&source, Small(), 8, 5, 3).Make(7, kGoOn);
  EXPECT_FALSE(limited.example.has_value());
  EXPECT_THAT(limited.bad, SizeIs(4));

  const MadeExample exhausted = ExampleMaker(&source, Small(), 8, 5, 1000).Make(7, kGoOn);
  EXPECT_FALSE(exhausted.example.has_value());
  std::set<size_t> different;
  for (const BadPicture& bad : exhausted.bad) different.insert(bad.index);
  EXPECT_THAT(exhausted.bad, SizeIs(10));
  EXPECT_THAT(different, SizeIs(10));
}

TEST(ExampleMakerTest, StopsBetweenPictures) {
  const PuppetSource source(10);
  const MadeExample made = ExampleMaker(&source, Small(), 8, 5, 3).Make(7, std::atomic<bool>(true));
  EXPECT_FALSE(made.example.has_value());
  EXPECT_TRUE(made.bad.empty());
}

}  // namespace
}  // namespace pixelclip
