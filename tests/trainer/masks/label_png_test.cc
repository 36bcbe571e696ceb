#include "trainer/masks/label_png.h"

#include "tests/trainer/masks/mask_testing.h"
#include "tests/trainer/masks/png_bytes.h"

namespace pixelclip {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<uint32_t> Values(const std::string& png) {
  const auto map = DecodeValuePng(png);
  EXPECT_TRUE(map.ok()) << map.status();
  return map.ok() ? map->values : std::vector<uint32_t>();
}

TEST(DecodeValuePng, ReadsGrey) {
  EXPECT_THAT(Values(MakePng(2, 2, 8, 0, std::string("\x00\x05\xFF\x01", 4))), ElementsAre(0, 5, 255, 1));
  EXPECT_THAT(Values(MakePng(2, 1, 16, 0, std::string("\x01\x02\xFF\xFE", 4))), ElementsAre(258, 65534));
  EXPECT_THAT(Values(MakePng(3, 1, 1, 0, "\xA0")), ElementsAre(1, 0, 1));
  EXPECT_THAT(Values(MakePng(4, 1, 2, 0, "\x1B")), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(Values(MakePng(2, 1, 4, 0, "\x7F")), ElementsAre(7, 15));
}

TEST(DecodeValuePng, ReadsTheIndicesOfPalettes) {
  EXPECT_THAT(Values(MakePng(2, 2, 8, 3, std::string("\x00\x05\xFF\x01", 4))), ElementsAre(0, 5, 255, 1));
  EXPECT_THAT(Values(MakePng(3, 1, 1, 3, "\xA0")), ElementsAre(1, 0, 1));
  EXPECT_THAT(Values(MakePng(4, 1, 2, 3, "\x1B")), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(Values(MakePng(3, 1, 4, 3, "\x7F\x20")), ElementsAre(7, 15, 2));
}

TEST(DecodeValuePng, ReadsColoursAsNumbers) {
  EXPECT_THAT(Values(MakePng(2, 1, 8, 2, std::string("\x01\x02\x03\xFF\x00\x00", 6))),
              ElementsAre(1 + 256 * 2 + 65536 * 3, 255));
}

TEST(DecodeValuePng, RefusesOtherFiles) {
  EXPECT_THAT(ErrorOf(DecodeValuePng(MakePng(1, 1, 8, 6, "1234"))), HasSubstr("colour type 6 and 8 bits"));
  EXPECT_THAT(ErrorOf(DecodeValuePng(MakePng(1, 1, 8, 4, "12"))), HasSubstr("colour type 4"));
  EXPECT_THAT(ErrorOf(DecodeValuePng(MakePng(1, 1, 16, 2, "123456"))),
              HasSubstr("colour type 2 and 16 bits"));
  EXPECT_THAT(ErrorOf(DecodeValuePng("BMrubbish")), HasSubstr("BMP"));
  EXPECT_FALSE(DecodeValuePng("").ok());
  EXPECT_THAT(ErrorOf(DecodeValuePng(MakePng(9, 9, 8, 0, std::string(81, 'x')), {80, 100})),
              HasSubstr("9x9 pixels; at most 80"));
  EXPECT_THAT(ErrorOf(DecodeValuePng(MakePng(100, 100, 8, 3, "x"))), HasSubstr("corrupt"));
}

TEST(DecodeValuePng, SurvivesDamage) {
  ::testing::internal::CaptureStderr();  // libpng prints a line for each broken file
  std::mt19937 random(8);
  for (const int color_type : {0, 2, 3}) {
    const std::string whole = MakePng(8, 4, 8, color_type, std::string(color_type == 2 ? 96 : 32, '\5'));
    for (int round = 0; round < 2000; ++round) {
      std::string png = whole;
      for (int i = 1 + random() % 3; i > 0; --i) png[random() % png.size()] = static_cast<char>(random());
      png.resize(1 + random() % png.size());
      const auto map = DecodeValuePng(png, {1000, 100});
      if (map.ok()) {
        ASSERT_EQ(map->values.size(), static_cast<size_t>(map->width) * map->height);
      }
    }
  }
  ::testing::internal::GetCapturedStderr();
}

}  // namespace
}  // namespace pixelclip
