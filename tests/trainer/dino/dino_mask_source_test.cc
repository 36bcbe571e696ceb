#include "trainer/dino/dino_mask_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "core/image/png.h"

namespace pixelclip {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

// Four quarters of different colours and textures.
Image Quarters(int width, int height) {
  Image image{width, height, {}};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const int quarter = 2 * (2 * y / height) + 2 * x / width;
      const int noise = (x * 7 + y * 13) % 11;
      image.pixels.push_back(static_cast<uint8_t>(quarter % 2 == 0 ? 220 + noise : 20));
      image.pixels.push_back(static_cast<uint8_t>(quarter < 2 ? 40 : 230 - 3 * noise));
      image.pixels.push_back(static_cast<uint8_t>(quarter == 3 ? 200 : 20 * (x % 2)));
    }
  }
  return image;
}

class DinoMaskSourceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ =
        ::testing::TempDir() + "dino_" + ::testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_ + "/inner");
    WritePicture("b.png", Quarters(96, 64));
    WritePicture("inner/a.png", Quarters(64, 64));
    options_.clusters = 4;
    options_.side = 64;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void WritePicture(const std::string& name, const Image& image) {
    std::ofstream(folder_ + "/" + name, std::ios::binary) << *EncodePng(image);
  }

  std::unique_ptr<MaskSource> Open() {
    auto source = MakeDinoMaskSource(folder_, Tiny(), options_);
    EXPECT_TRUE(source.ok()) << source.status();
    return source.ok() ? *std::move(source) : nullptr;
  }

  static std::string Tiny() { return std::string(PIXELCLIP_TEST_DATA) + "/trainer/dino/dino_tiny.pth"; }

  std::string folder_;
  DinoMaskOptions options_;
};

// How many masks each pixel is in.
std::vector<int> Cover(const MaskStack& masks) {
  const size_t plane = static_cast<size_t>(masks.side) * masks.side;
  std::vector<int> cover(plane);
  for (size_t i = 0; i < masks.pixels.size(); ++i) cover[i % plane] += masks.pixels[i];
  return cover;
}

TEST_F(DinoMaskSourceTest, EveryPixelIsInOneMask) {
  for (const DinoRegion region : {DinoRegion::kCrop, DinoRegion::kPicture}) {
    options_.region = region;
    const auto source = Open();
    ASSERT_EQ(source->size(), 2u);
    EXPECT_THAT(source->name(0), EndsWith("/b.png"));
    EXPECT_THAT(source->name(1), EndsWith("/inner/a.png"));
    const auto picture = source->Read(0);
    ASSERT_TRUE(picture.ok()) << picture.status();
    EXPECT_EQ(picture->image.width, 96);
    const auto masks = picture->masks->Sample({16.5, 0, 64, 64, false}, 32);
    ASSERT_TRUE(masks.ok()) << masks.status();
    EXPECT_GT(masks->count, 1);
    EXPECT_LE(masks->count, 4);
    EXPECT_THAT(Cover(*masks), ::testing::Each(1));
  }
}

TEST_F(DinoMaskSourceTest, TheQuartersComeApart) {
  const auto source = Open();
  const auto picture = source->Read(1);
  ASSERT_TRUE(picture.ok()) << picture.status();
  const auto masks = picture->masks->Sample({0, 0, 64, 64, false}, 16);
  ASSERT_TRUE(masks.ok()) << masks.status();
  // Random weights still tell one quarter from its neighbour: no mask has most of two.
  const auto owner = [&](int x, int y) {
    for (int k = 0; k < masks->count; ++k) {
      if (masks->pixels[(static_cast<size_t>(k) * 16 + y) * 16 + x] != 0) return k;
    }
    return -1;
  };
  EXPECT_NE(owner(4, 4), owner(12, 4));
  EXPECT_NE(owner(4, 4), owner(4, 12));
  EXPECT_NE(owner(12, 4), owner(12, 12));
}

TEST_F(DinoMaskSourceTest, FlippingMirrorsAndNothingElse) {
  const auto picture = Open()->Read(0);
  ASSERT_TRUE(picture.ok()) << picture.status();
  const auto plain = picture->masks->Sample({8, 0, 64, 64, false}, 24);
  const auto again = picture->masks->Sample({8, 0, 64, 64, false}, 24);
  const auto flipped = picture->masks->Sample({8, 0, 64, 64, true}, 24);
  ASSERT_TRUE(plain.ok() && again.ok() && flipped.ok());
  EXPECT_EQ(plain->pixels, again->pixels);
  for (int row = 0; row < plain->count * 24; ++row) {
    for (int x = 0; x < 24; ++x) {
      ASSERT_EQ(plain->pixels[row * 24 + x], flipped->pixels[row * 24 + 23 - x]) << row << " " << x;
    }
  }
}

TEST_F(DinoMaskSourceTest, NothingOutsideOfThePictureIsInAMask) {
  for (const DinoRegion region : {DinoRegion::kCrop, DinoRegion::kPicture}) {
    options_.region = region;
    const auto picture = Open()->Read(0);
    ASSERT_TRUE(picture.ok()) << picture.status();
    // The right half of this crop, and its lower half, lie beyond the edges.
    const auto masks = picture->masks->Sample({64, 32, 64, 64, false}, 32);
    ASSERT_TRUE(masks.ok()) << masks.status();
    const std::vector<int> cover = Cover(*masks);
    for (int y = 0; y < 32; ++y) {
      for (int x = 0; x < 32; ++x) ASSERT_EQ(cover[y * 32 + x], x < 16 && y < 16 ? 1 : 0) << x << " " << y;
    }
    const auto outside = picture->masks->Sample({200, 200, 64, 64, false}, 8);
    ASSERT_TRUE(outside.ok()) << outside.status();
    EXPECT_THAT(Cover(*outside), ::testing::Each(0));
  }
}

TEST_F(DinoMaskSourceTest, FewerCellsThanClustersGiveFewerMasks) {
  options_.clusters = 16;
  options_.side = 4;  // one cell
  const auto picture = Open()->Read(1);
  ASSERT_TRUE(picture.ok()) << picture.status();
  const auto masks = picture->masks->Sample({0, 0, 64, 64, false}, 8);
  ASSERT_TRUE(masks.ok()) << masks.status();
  EXPECT_EQ(masks->count, 1);
  EXPECT_THAT(Cover(*masks), ::testing::Each(1));
}

TEST_F(DinoMaskSourceTest, NamesABrokenPicture) {
  std::ofstream(folder_ + "/a.jpg") << "no picture";
  const auto source = Open();
  EXPECT_THAT(std::string(source->Read(0).status().message()), HasSubstr("a.jpg"));
  EXPECT_TRUE(source->Read(1).ok());
}

TEST_F(DinoMaskSourceTest, RefusesOptionsOutOfRange) {
  options_.clusters = 0;
  EXPECT_THAT(std::string(MakeDinoMaskSource(folder_, Tiny(), options_).status().message()),
              HasSubstr("clusters: 0, expected 1 to"));
  options_.clusters = 4;
  options_.side = 3;
  EXPECT_THAT(std::string(MakeDinoMaskSource(folder_, Tiny(), options_).status().message()),
              HasSubstr("side: 3, expected 4 to"));
  options_.side = 64;
  EXPECT_EQ(MakeDinoMaskSource(folder_ + "/none", Tiny(), options_).status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(MakeDinoMaskSource(folder_, folder_ + "/none.pth", options_).status().code(),
            absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace pixelclip
