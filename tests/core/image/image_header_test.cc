#include "core/image/image_header.h"

#include <gmock/gmock.h>

#include "tests/core/image/image_files.h"

namespace pixelclip {
namespace {

TEST(ReadImageHeader, KnowsEachFormat) {
  const std::pair<const char*, ImageFormat> files[] = {
      {"progressive.jpg", ImageFormat::kJpeg},  {"palette.png", ImageFormat::kPng},
      {"lossy.webp", ImageFormat::kWebp},       {"lossless.webp", ImageFormat::kWebp},
      {"lossy_alpha.webp", ImageFormat::kWebp}, {"top_down.bmp", ImageFormat::kBmp},
      {"lzw.tiff", ImageFormat::kTiff}};
  for (const auto& [name, format] : files) {
    const absl::StatusOr<ImageHeader> header = ReadImageHeader(ReadImageFile(name));
    ASSERT_TRUE(header.ok()) << name << ": " << header.status();
    EXPECT_EQ(header->format, format) << name;
    EXPECT_EQ(header->width, 37) << name;
    EXPECT_EQ(header->height, 23) << name;
    EXPECT_EQ(header->orientation, 1) << name;
  }
}

TEST(ReadImageHeader, GivesTheUprightSize) {
  for (const char* name :
       {"orientation_6.jpg", "orientation_6.png", "orientation_6.webp", "orientation_6.tiff"}) {
    const absl::StatusOr<ImageHeader> header = ReadImageHeader(ReadImageFile(name));
    ASSERT_TRUE(header.ok()) << name << ": " << header.status();
    EXPECT_EQ(header->orientation, 6) << name;
    EXPECT_EQ(header->width, 23) << name;
    EXPECT_EQ(header->height, 37) << name;
  }
}

TEST(ReadImageHeader, NeedsNoMoreThanTheHeader) {
  const std::string file = ReadImageFile("rgb.png");
  EXPECT_TRUE(ReadImageHeader(std::string_view(file).substr(0, 33)).ok());
  EXPECT_FALSE(ReadImageHeader(std::string_view(file).substr(0, 32)).ok());
}

}  // namespace
}  // namespace pixelclip
