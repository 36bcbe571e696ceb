#include "core/input_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <utility>

#include "core/field_error.h"

namespace pixelclip {
namespace {

using ::testing::HasSubstr;

constexpr InputOptions kKeep = {InputFit::kKeepAspect, 0};

TEST(CheckInputOptions, NamesFieldLimitAndValue) {
  for (const int64_t resolution : {0, 64, 320, 1024}) {
    EXPECT_TRUE(CheckInputOptions({InputFit::kSquash, resolution}).ok()) << resolution;
  }
  for (const int64_t resolution : {-32, 32, 100, 1056, 1 << 30}) {
    const absl::Status status = CheckInputOptions({InputFit::kSquash, resolution});
    EXPECT_EQ(FieldOf(status), "inference.resolution");
    EXPECT_THAT(std::string(status.message()),
                HasSubstr(std::to_string(resolution) + " pixels; must be a multiple of 32 from 64 to 1024"));
  }
}

TEST(InputSize, SquashesAsPublished) {
  const Size size = InputSize(1920, 1080, {}, 320);
  EXPECT_EQ(size.width, 320);
  EXPECT_EQ(size.height, 320);
  EXPECT_EQ(InputSize(1920, 1080, {InputFit::kSquash, 640}, 320).width, 640);
}

TEST(InputSize, KeepsTheShapeAndAboutAsManyPixels) {
  const Size wide = InputSize(1920, 1080, kKeep, 320);
  EXPECT_EQ(wide.width, 416);   // 426.7
  EXPECT_EQ(wide.height, 256);  // 240
  const Size high = InputSize(1080, 1920, kKeep, 320);
  EXPECT_EQ(high.width, 256);
  EXPECT_EQ(high.height, 416);
  const Size square = InputSize(10, 10, kKeep, 320);
  EXPECT_EQ(square.width, 320);
  EXPECT_EQ(square.height, 320);
}

TEST(InputSize, HasFewShapesAndNoneThatIsLong) {
  std::set<std::pair<int, int>> shapes;
  for (int width = 1; width <= 65500; width = width * 9 / 8 + 1) {
    for (int height = 1; height <= 65500; height = height * 9 / 8 + 1) {
      const Size size = InputSize(width, height, kKeep, 320);
      EXPECT_EQ(size.width % kInputStep, 0);
      EXPECT_EQ(size.height % kInputStep, 0);
      EXPECT_GE(size.width, 160);
      EXPECT_LE(size.width, 640);
      EXPECT_GE(size.height, 160);
      EXPECT_LE(size.height, 640);
      shapes.insert({size.width, size.height});
    }
  }
  EXPECT_LE(shapes.size(), 40u);
}

}  // namespace
}  // namespace pixelclip
