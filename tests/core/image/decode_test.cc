#include "core/image/decode.h"

#include <gmock/gmock.h>

#include "core/field_error.h"
#include "core/image/png.h"
#include "tests/core/image/image_files.h"

namespace pixelclip {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string ErrorOf(std::string_view bytes, const DecodeLimits& limits = {}) {
  const absl::StatusOr<Image> image = DecodeImage(bytes, limits);
  if (image.ok()) return "decoded";
  EXPECT_EQ(FieldOf(image.status()), "image.encoded");
  return std::string(image.status().message());
}

std::string BigEndian32(uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(value >> shift));
  return bytes;
}

class DecodesLikePillow : public testing::TestWithParam<const char*> {};

TEST_P(DecodesLikePillow, ToTheLastBit) {
  const absl::StatusOr<Image> image = DecodeImage(ReadImageFile(GetParam()));
  ASSERT_TRUE(image.ok()) << image.status();
  EXPECT_EQ(LargestDifference(*image, ReadPpm(std::string(GetParam()) + ".ppm")), 0);
}

INSTANTIATE_TEST_SUITE_P(Png, DecodesLikePillow,
                         testing::Values("rgb.png", "rgba.png", "gray.png", "gray_alpha.png", "palette.png",
                                         "palette_transparent.png", "rgb_transparent_color.png",
                                         "bilevel.png", "interlaced.png", "rgb16.png", "gray16.png",
                                         "extras.png", "orientation_6.png"));
INSTANTIATE_TEST_SUITE_P(CmykJpeg, DecodesLikePillow, testing::Values("cmyk.jpg", "cmyk_plain.jpg"));
INSTANTIATE_TEST_SUITE_P(Webp, DecodesLikePillow,
                         testing::Values("lossless.webp", "lossless_alpha.webp", "orientation_6.webp"));
INSTANTIATE_TEST_SUITE_P(Bmp, DecodesLikePillow,
                         testing::Values("rgb.bmp", "gray.bmp", "palette.bmp", "bilevel.bmp", "rgba.bmp",
                                         "top_down.bmp", "555.bmp", "565.bmp"));
INSTANTIATE_TEST_SUITE_P(Tiff, DecodesLikePillow,
                         testing::Values("raw.tiff", "lzw.tiff", "deflate.tiff", "packbits.tiff",
                                         "strips.tiff", "gray.tiff", "gray16.tiff", "rgba.tiff",
                                         "palette.tiff", "bilevel.tiff", "orientation_6.tiff"));

// Lossy decoders may round in their own way: libjpeg-turbo's and libwebp's versions and processors differ.
class DecodesNearlyLikePillow : public testing::TestWithParam<const char*> {};

TEST_P(DecodesNearlyLikePillow, WithinTwoLevels) {
  const absl::StatusOr<Image> image = DecodeImage(ReadImageFile(GetParam()));
  ASSERT_TRUE(image.ok()) << image.status();
  EXPECT_LE(LargestDifference(*image, ReadPpm(std::string(GetParam()) + ".ppm")), 2);
}

INSTANTIATE_TEST_SUITE_P(Jpeg, DecodesNearlyLikePillow,
                         testing::Values("baseline.jpg", "progressive.jpg", "444.jpg", "gray.jpg",
                                         "orientation_1.jpg", "orientation_2.jpg", "orientation_3.jpg",
                                         "orientation_4.jpg", "orientation_5.jpg", "orientation_6.jpg",
                                         "orientation_7.jpg", "orientation_8.jpg"));
INSTANTIATE_TEST_SUITE_P(Webp, DecodesNearlyLikePillow, testing::Values("lossy.webp", "lossy_alpha.webp"));

TEST(DecodeImage, RefusesUnknownBytes) {
  EXPECT_THAT(ErrorOf(""), HasSubstr("empty"));
  EXPECT_THAT(ErrorOf("GIF89a, which nobody asked for"), HasSubstr("no known picture format in 30 bytes"));
}

TEST(DecodeImage, RefusesAnimations) {
  EXPECT_THAT(ErrorOf(ReadImageFile("animated.webp")), HasSubstr("animated WebP is not supported"));
}

TEST(DecodeImage, ChecksTheSizeBeforeAnythingElse) {
  std::string bomb = ReadImageFile("rgb.png");
  bomb.replace(16, 8,
               BigEndian32(40000) + BigEndian32(40000));  // the checksum is wrong now, but that comes later
  EXPECT_EQ(ErrorOf(bomb),
            "image.encoded: 40000x40000 PNG has 1600000000 pixels; at most 67108864 are allowed");
  bomb.replace(16, 8, BigEndian32(70000) + BigEndian32(1));
  EXPECT_EQ(ErrorOf(bomb), "image.encoded: 70000x1 PNG: each side may have at most 65500 pixels");
  bomb.replace(16, 8, BigEndian32(0) + BigEndian32(5));
  EXPECT_THAT(ErrorOf(bomb), HasSubstr("claims 0x5 pixels"));
  bomb.replace(16, 8, BigEndian32(UINT32_MAX) + BigEndian32(UINT32_MAX));
  EXPECT_THAT(ErrorOf(bomb), HasSubstr("claims 4294967295x4294967295 pixels"));
}

TEST(DecodeImage, HonoursTheLimitsExactly) {
  DecodeLimits limits;
  limits.max_pixels = 37 * 23;
  limits.max_side = 37;
  EXPECT_EQ(ErrorOf(ReadImageFile("baseline.jpg"), limits), "decoded");
  limits.max_side = 36;
  EXPECT_THAT(ErrorOf(ReadImageFile("orientation_6.jpg"), limits), HasSubstr("23x37 JPEG: each side"));
  limits.max_pixels = 37 * 23 - 1;
  EXPECT_THAT(ErrorOf(ReadImageFile("baseline.jpg"), limits), HasSubstr("has 851 pixels; at most 850"));
}

TEST(DecodeImage, NamesWhatIsTruncated) {
  for (const char* name : {"baseline.jpg", "progressive.jpg", "rgb.png", "lossy.webp", "rgb.bmp"}) {
    const std::string file = ReadImageFile(name);
    const std::string error = ErrorOf(std::string_view(file).substr(0, file.size() * 2 / 3));
    EXPECT_THAT(error, AllOf(StartsWith("image.encoded: "), HasSubstr("truncated"))) << name;
  }
}

TEST(DecodeImage, NamesTheCorruptPngChunk) {
  std::string file = ReadImageFile("rgb.png");
  file[file.find("IDAT") + 20] ^= 1;
  EXPECT_THAT(ErrorOf(file), HasSubstr("corrupt PNG: wrong checksum of the IDAT chunk at byte 33"));
}

// OpenCV answers black pixels for a file whose header it cannot read.
TEST(DecodeImage, RefusesWhatTheDecoderCannotRead) {
  std::string palette_lost = ReadImageFile("palette.png");
  palette_lost.replace(palette_lost.find("PLTE"), 4, "abCd");  // skipped, and its checksum with it
  EXPECT_EQ(ErrorOf(palette_lost), "image.encoded: 37x23 PNG could not be decoded: its data are corrupt");
  std::string no_pixels = ReadImageFile("rgb.png");
  const size_t end = no_pixels.find("IEND") - 4;
  no_pixels.erase(no_pixels.find("IDAT") - 4, end - (no_pixels.find("IDAT") - 4));
  EXPECT_EQ(ErrorOf(no_pixels), "image.encoded: 37x23 PNG could not be decoded: its data are corrupt");
}

TEST(DecodeImage, BlackIsAPicture) {
  const Image black = {5, 3, std::vector<uint8_t>(45, 0)};
  const absl::StatusOr<std::string> file = EncodePng(black);
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(DecodeImage(*file)->pixels, black.pixels);
}

TEST(DecodeImage, RefusesBitFieldsThatWouldSwapColours) {
  std::string file = ReadImageFile("565.bmp");
  std::swap(file[54], file[62]);
  std::swap(file[55], file[63]);
  EXPECT_THAT(ErrorOf(file), HasSubstr("BMP with 16 bits a pixel and compression 3, with such bit fields"));
}

TEST(DecodeImage, RefusesTiffsOfFourBits) {
  std::string file = ReadImageFile("gray.tiff");
  const size_t bits_per_sample = file.find(std::string("\x02\x01\x03\x00\x01\x00\x00\x00", 8));
  ASSERT_NE(bits_per_sample, file.npos);
  file[bits_per_sample + 8] = 4;
  EXPECT_THAT(ErrorOf(file), HasSubstr("TIFF with 4 bits a sample; 1, 8 and 16 are supported"));
}

TEST(DecodeImage, RefusesAJpegThatIsAllFilling) {
  std::string file = ReadImageFile("progressive.jpg");
  file.replace(file.find("\xFF\xC2") + 5, 4, "\x1F\x40\x1F\x40");
  EXPECT_THAT(ErrorOf(file), HasSubstr("bytes cannot hold 8000x8000 pixels"));
}

TEST(DecodeImage, RefusesASecondFrameHeader) {
  std::string file = ReadImageFile("baseline.jpg");
  const size_t frame = file.find("\xFF\xC0");
  file.insert(frame, file.substr(frame, 19));
  EXPECT_THAT(ErrorOf(file), HasSubstr("JPEG with two frame headers"));
}

TEST(DecodeImage, RefusesEndlessScans) {
  std::string file = ReadImageFile("progressive.jpg");
  const size_t last_scan = file.rfind("\xFF\xDA");
  const std::string scan = file.substr(last_scan, file.size() - 2 - last_scan);
  for (int i = 0; i < 100; ++i) file.insert(last_scan, scan);
  EXPECT_THAT(ErrorOf(file), HasSubstr("JPEG with more than 100 scans"));
}

}  // namespace
}  // namespace pixelclip
