#include "core/image/raw_image.h"

#include <gmock/gmock.h>

#include "core/field_error.h"

namespace pixelclip {
namespace {

using ::testing::ElementsAre;

TEST(ImageFromRaw, ReadsEveryFormat) {
  EXPECT_THAT(ImageFromRaw({2, 1, PixelFormat::kRgb8, 0, "\1\2\3\4\5\6"})->pixels,
              ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_THAT(ImageFromRaw({2, 1, PixelFormat::kBgr8, 0, "\1\2\3\4\5\6"})->pixels,
              ElementsAre(3, 2, 1, 6, 5, 4));
  EXPECT_THAT(ImageFromRaw({1, 2, PixelFormat::kRgba8, 0, "\1\2\3\4\5\6\7\7"})->pixels,
              ElementsAre(1, 2, 3, 5, 6, 7));
  EXPECT_THAT(ImageFromRaw({2, 1, PixelFormat::kGray8, 0, "\1\2"})->pixels, ElementsAre(1, 1, 1, 2, 2, 2));
}

TEST(ImageFromRaw, SkipsPadding) {
  EXPECT_THAT(ImageFromRaw({1, 2, PixelFormat::kGray8, 3, "\1..\2"})->pixels, ElementsAre(1, 1, 1, 2, 2, 2));
  EXPECT_THAT(ImageFromRaw({1, 2, PixelFormat::kGray8, 3, "\1..\2.."})->pixels,
              ElementsAre(1, 1, 1, 2, 2, 2));
}

std::string FieldOfError(const RawImage& raw) { return FieldOf(ImageFromRaw(raw).status()); }

TEST(ImageFromRaw, NamesTheWrongField) {
  const std::string data(100, 'x');
  EXPECT_EQ(FieldOfError({0, 1, PixelFormat::kGray8, 0, data}), "image.raw.width");
  EXPECT_EQ(FieldOfError({1, -1, PixelFormat::kGray8, 0, data}), "image.raw.height");
  EXPECT_EQ(FieldOfError({65500, 65500, PixelFormat::kGray8, 0, data}), "image.raw.height");
  EXPECT_EQ(FieldOfError({INT64_MAX, INT64_MAX, PixelFormat::kGray8, 0, data}), "image.raw.width");
  EXPECT_EQ(FieldOfError({10, 10, static_cast<PixelFormat>(77), 0, data}), "image.raw.format");
  EXPECT_EQ(FieldOfError({10, 10, PixelFormat::kGray8, 9, data}), "image.raw.row_stride_bytes");
  EXPECT_EQ(FieldOfError({10, 10, PixelFormat::kGray8, -1, data}), "image.raw.row_stride_bytes");
  EXPECT_EQ(FieldOfError({10, 10, PixelFormat::kGray8, INT64_MAX, data}), "image.raw.row_stride_bytes");
  EXPECT_EQ(FieldOfError({10, 10, PixelFormat::kRgb8, 0, data}), "image.raw.data");
  EXPECT_EQ(FieldOfError({10, 10, PixelFormat::kGray8, 0, {}}), "image.raw.data");
  EXPECT_EQ(FieldOfError({10, 10, PixelFormat::kGray8, 10, data}), "");
}

}  // namespace
}  // namespace pixelclip
