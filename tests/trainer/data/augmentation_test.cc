#include "trainer/data/augmentation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/image/resize.h"
#include "tests/testing/pictures.h"

namespace pixelclip {
namespace {

using testing::At;
using testing::Colour;
using testing::Coordinates;
using ::testing::HasSubstr;
using testing::Noise;

constexpr Colour kPadding = {123, 117, 104};

// A crop of 40 x 40 from the picture as it is, and nothing else.
AugmentationSettings OnlyCrop(int short_side) {
  AugmentationSettings settings;
  settings.short_side = short_side;
  settings.max_long_side = 1000;
  settings.crop_side = 40;
  settings.distort_colours = false;
  settings.flip_chance = 0;
  settings.strong_view = false;
  return settings;
}

Views Make(const Image& image, const AugmentationSettings& settings, uint64_t stream) {
  Random random(1, stream);
  return MakeViews(image, settings, random);
}

TEST(AugmentationTest, CropsAnywhere) {
  const Image image = Coordinates(120, 60);
  double least_x = 1000, most_x = 0, least_y = 1000, most_y = 0;
  for (uint64_t stream = 0; stream < 300; ++stream) {
    const Views views = Make(image, OnlyCrop(60), stream);
    EXPECT_EQ(views.crop.width, 40);
    EXPECT_EQ(views.crop.height, 40);
    const auto x = static_cast<uint8_t>(views.crop.x), y = static_cast<uint8_t>(views.crop.y);
    ASSERT_EQ(At(views.weak, 0, 0), (Colour{x, y, 0}));
    ASSERT_EQ(At(views.weak, 39, 30),
              (Colour{static_cast<uint8_t>(x + 39), static_cast<uint8_t>(y + 30), 0}));
    ASSERT_EQ(views.strong.pixels, views.weak.pixels);
    least_x = std::min(least_x, views.crop.x);
    most_x = std::max(most_x, views.crop.x);
    least_y = std::min(least_y, views.crop.y);
    most_y = std::max(most_y, views.crop.y);
  }
  EXPECT_LE(least_x, 2);
  EXPECT_GE(most_x, 78);
  EXPECT_EQ(least_y, 0);
  EXPECT_EQ(most_y, 20);
}

TEST(AugmentationTest, ResizesAsTheWholePictureWouldBe) {
  const Image image = Noise(150, 120, 1);
  const Image whole = ResizeAntialiased(image, 81, 65);
  const Views views = Make(image, OnlyCrop(65), 4);
  const int x = static_cast<int>(std::lround(views.crop.x * 81 / 150));
  const int y = static_cast<int>(std::lround(views.crop.y * 65 / 120));
  EXPECT_DOUBLE_EQ(views.crop.width, 40 * 150.0 / 81);
  EXPECT_DOUBLE_EQ(views.crop.height, 40 * 120.0 / 65);
  EXPECT_EQ(views.weak.pixels,
            testing::Painted(40, 40, [&](int i, int j) { return At(whole, x + i, y + j); }).pixels);
}

TEST(AugmentationTest, TheLongSideIsLimited) {
  AugmentationSettings settings = OnlyCrop(100);
  settings.max_long_side = 200;
  const Views views = Make(Noise(400, 100, 1), settings, 0);
  EXPECT_DOUBLE_EQ(views.crop.width, 80);  // the picture became 200 x 50
}

TEST(AugmentationTest, FlipsHalfOfThePictures) {
  AugmentationSettings settings = OnlyCrop(60);
  settings.flip_chance = 0.5;
  const Image image = Coordinates(120, 60);
  int flips = 0;
  for (uint64_t stream = 0; stream < 400; ++stream) {
    const Views views = Make(image, settings, stream);
    const auto x = static_cast<uint8_t>(views.crop.x);
    ASSERT_EQ(At(views.weak, views.crop.flipped ? 39 : 0, 0)[0], x);
    flips += views.crop.flipped ? 1 : 0;
  }
  EXPECT_NEAR(flips, 200, 40);
}

TEST(AugmentationTest, SmallPicturesArePadded) {
  const Views low = Make(Coordinates(60, 10), OnlyCrop(10), 0);
  EXPECT_EQ(At(low.weak, 0, 9)[1], 9);
  EXPECT_EQ(At(low.weak, 0, 10), kPadding);
  EXPECT_EQ(At(low.weak, 39, 39), kPadding);
  EXPECT_EQ(low.crop.height, 40);

  AugmentationSettings settings = OnlyCrop(10);
  settings.flip_chance = 1;
  const Views narrow = Make(Coordinates(10, 60), settings, 0);
  EXPECT_EQ(At(narrow.weak, 39, 0)[0], 0);
  EXPECT_EQ(At(narrow.weak, 30, 0)[0], 9);
  EXPECT_EQ(At(narrow.weak, 29, 0), kPadding);
}

TEST(AugmentationTest, TheCutOutIsBlackAndInsideOfThePicture) {
  AugmentationSettings settings = OnlyCrop(20);
  settings.strong_view = true;
  settings.flip_chance = 0.5;
  settings.jitter_chance = settings.grey_chance = settings.blur_chance = 0;
  const Image white = testing::Painted(20, 70, [](int, int) { return Colour{255, 255, 255}; });
  for (uint64_t stream = 0; stream < 100; ++stream) {
    const Views views = Make(white, settings, stream);
    const Box& box = views.cut_out;
    ASSERT_GE(box.width, 2);
    ASSERT_LE(box.width, 10);
    ASSERT_GE(box.height, 4);
    ASSERT_LE(box.height, 20);
    const int left = views.crop.flipped ? 20 : 0;
    ASSERT_EQ(views.strong.pixels, testing::Painted(40, 40, [&](int x, int y) {
                                     const bool is_cut = x >= box.x && x < box.x + box.width && y >= box.y &&
                                                         y < box.y + box.height;
                                     if (is_cut) return Colour{0, 0, 0};
                                     return x >= left && x < left + 20 ? Colour{255, 255, 255} : kPadding;
                                   }).pixels);
    ASSERT_EQ(At(views.weak, left + 5, 5), (Colour{255, 255, 255}));
  }
}

TEST(AugmentationTest, TheStrongViewChangesAsOftenAsItShould) {
  AugmentationSettings settings = OnlyCrop(40);
  settings.strong_view = true;
  settings.cut_out_max = settings.cut_out_min = 0;
  settings.jitter_chance = 0.8;
  settings.grey_chance = settings.blur_chance = 0;
  const Image image = Noise(40, 40, 1);
  int jittered = 0, grey = 0, blurred = 0;
  for (uint64_t stream = 0; stream < 200; ++stream) {
    const Views views = Make(image, settings, stream);
    jittered += views.strong.pixels != views.weak.pixels ? 1 : 0;
  }
  settings.jitter_chance = 0;
  settings.grey_chance = 0.2;
  for (uint64_t stream = 0; stream < 200; ++stream) {
    const Colour pixel = At(Make(image, settings, stream).strong, 3, 3);
    grey += pixel[0] == pixel[1] && pixel[1] == pixel[2] ? 1 : 0;
  }
  settings.grey_chance = 0;
  settings.blur_chance = 0.5;
  for (uint64_t stream = 0; stream < 200; ++stream) {
    const Views views = Make(image, settings, stream);
    blurred += views.strong.pixels != views.weak.pixels ? 1 : 0;
  }
  EXPECT_NEAR(jittered, 160, 25);
  EXPECT_NEAR(grey, 40, 25);
  EXPECT_NEAR(blurred, 100 - 3, 28);  // the weakest blurs change nothing
}

TEST(AugmentationTest, TheSeedDecidesEverything) {
  AugmentationSettings settings;
  settings.short_side = 50;
  settings.crop_side = 40;
  const Image image = Noise(90, 70, 1);
  const Views one = Make(image, settings, 3), same = Make(image, settings, 3),
              other = Make(image, settings, 4);
  EXPECT_EQ(one.weak.pixels, same.weak.pixels);
  EXPECT_EQ(one.strong.pixels, same.strong.pixels);
  EXPECT_NE(one.weak.pixels, other.weak.pixels);
  EXPECT_NE(one.strong.pixels, one.weak.pixels);
}

TEST(AugmentationTest, ExtremePicturesAreNoProblem) {
  AugmentationSettings settings;
  settings.crop_side = 64;
  for (const auto& [width, height] : {std::pair(1, 1), {3000, 1}, {1, 3000}, {2, 3}}) {
    const Views views = Make(Noise(width, height, 1), settings, 1);
    EXPECT_EQ(views.weak.pixels.size(), 64u * 64 * 3);
    EXPECT_EQ(views.strong.pixels.size(), 64u * 64 * 3);
  }
}

TEST(AugmentationTest, SettingsOutOfTheirLimitsAreNamed) {
  EXPECT_TRUE(CheckAugmentation({}).ok());
  const auto message = [](auto change) {
    AugmentationSettings settings;
    change(settings);
    return std::string(CheckAugmentation(settings).message());
  };
  EXPECT_EQ(message([](auto& s) { s.crop_side = 0; }), "augmentation.crop_side: 0 is not from 1 to 4096");
  EXPECT_EQ(message([](auto& s) { s.max_long_side = 900; }),
            "augmentation.max_long_side: 900 is not from 1024 to 8192");
  EXPECT_THAT(message([](auto& s) { s.flip_chance = 1.5; }), HasSubstr("flip_chance: 1.5"));
  EXPECT_THAT(message([](auto& s) { s.jitter_hue = std::numeric_limits<double>::quiet_NaN(); }),
              HasSubstr("jitter_hue: nan"));
  EXPECT_THAT(message([](auto& s) { s.blur_sigma_min = 3; }),
              HasSubstr("blur_sigma_min: 3 is not from 0.01 to 2"));
  EXPECT_THAT(message([](auto& s) { s.cut_out_min = 0.6; }),
              HasSubstr("cut_out_min: 0.6 is not from 0 to 0.5"));
}

}  // namespace
}  // namespace pixelclip
