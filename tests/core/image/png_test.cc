#include "core/image/png.h"

#include <gmock/gmock.h>

#include "core/image/decode.h"
#include "tests/core/image/image_files.h"

namespace pixelclip {
namespace {

using ::testing::HasSubstr;

constexpr size_t kBitDepthOffset = 24;

TEST(EncodePng, KeepsLabelsInEightBitsIfTheyFit) {
  const LabelMap map{3, 2, {0, 1, 255, 7, 7, 3}};
  const absl::StatusOr<std::string> png = EncodePng(map);
  ASSERT_TRUE(png.ok()) << png.status();
  EXPECT_EQ(png->at(kBitDepthOffset), 8);
  const absl::StatusOr<LabelMap> back = DecodeLabelPng(*png);
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(back->width, 3);
  EXPECT_EQ(back->height, 2);
  EXPECT_EQ(back->labels, map.labels);
}

TEST(EncodePng, TakesSixteenBitsOtherwise) {
  const LabelMap map{2, 3, {0, 256, 65535, 1, 2, 4660}};
  const absl::StatusOr<std::string> png = EncodePng(map);
  ASSERT_TRUE(png.ok()) << png.status();
  EXPECT_EQ(png->at(kBitDepthOffset), 16);
  const absl::StatusOr<LabelMap> back = DecodeLabelPng(*png);
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(back->labels, map.labels);
}

TEST(EncodePng, KeepsGrayAndColour) {
  const GrayImage gray{2, 2, {0, 1, 128, 255}};
  const absl::StatusOr<GrayImage> gray_back = DecodeGrayPng(*EncodePng(gray));
  ASSERT_TRUE(gray_back.ok()) << gray_back.status();
  EXPECT_EQ(gray_back->pixels, gray.pixels);

  const Image image = ReadPpm("rgb.png.ppm");
  const absl::StatusOr<Image> image_back = DecodeImage(*EncodePng(image));
  ASSERT_TRUE(image_back.ok()) << image_back.status();
  EXPECT_EQ(LargestDifference(*image_back, image), 0);
}

TEST(EncodePng, RefusesAVectorOfAnotherSize) {
  EXPECT_EQ(EncodePng(LabelMap{3, 2, {1, 2}}).status().code(), absl::StatusCode::kInternal);
  EXPECT_EQ(EncodePng(GrayImage{0, 0, {}}).status().code(), absl::StatusCode::kInternal);
}

std::string LabelError(std::string_view png, const DecodeLimits& limits = {}) {
  const absl::StatusOr<LabelMap> map = DecodeLabelPng(png, limits);
  return map.ok() ? "decoded" : std::string(map.status().message());
}

TEST(DecodeLabelPng, RefusesWhatIsNoLabelMap) {
  EXPECT_THAT(LabelError(ReadImageFile("rgb.png")), HasSubstr("colour type 2"));
  EXPECT_THAT(LabelError(ReadImageFile("bilevel.png")), HasSubstr("1 bits"));
  EXPECT_THAT(LabelError(ReadImageFile("baseline.jpg")), HasSubstr("JPEG"));
  EXPECT_THAT(LabelError("nothing"), HasSubstr("no known picture format"));
  EXPECT_THAT(LabelError(ReadImageFile("gray.png").substr(0, 150)), HasSubstr("truncated PNG"));
  EXPECT_THAT(LabelError(ReadImageFile("gray.png"), {100, 100}), HasSubstr("37x23 pixels; at most 100"));
}

TEST(DecodeGrayPng, RefusesSixteenBits) {
  EXPECT_FALSE(DecodeGrayPng(ReadImageFile("gray16.png")).ok());
  EXPECT_TRUE(DecodeGrayPng(ReadImageFile("gray.png")).ok());
}

}  // namespace
}  // namespace pixelclip
