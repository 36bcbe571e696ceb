#include "cli/segment_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <string>

#include "cli/segment_plan.h"

namespace pixelclip {
namespace {

using ::testing::HasSubstr;

SegmentOptions Parse(const std::string& arguments) {
  SegmentOptions options;
  CLI::App app;
  AddSegmentOptions(app, options);
  app.parse(arguments);
  return options;
}

TEST(SegmentOptions, TilesOnlyIfAsked) {
  EXPECT_FALSE(Parse("photo.jpg dog").tiling.has_value());
  const SegmentOptions options = Parse("photo.jpg dog --tile 512");
  ASSERT_TRUE(options.tiling.has_value());
  EXPECT_EQ(options.tiling->tile_size, 512);
  EXPECT_EQ(options.tiling->overlap, 0);
}

TEST(SegmentOptions, TakesTileAndOverlapInAnyOrder) {
  for (const char* arguments : {"a.jpg dog --tile 512 --overlap 64", "--overlap 64 a.jpg dog --tile 512"}) {
    const SegmentOptions options = Parse(arguments);
    ASSERT_TRUE(options.tiling.has_value()) << arguments;
    EXPECT_EQ(options.tiling->tile_size, 512) << arguments;
    EXPECT_EQ(options.tiling->overlap, 64) << arguments;
  }
}

TEST(SegmentOptions, RefusesTilesOutOfRange) {
  EXPECT_THROW(Parse("a.jpg dog --tile 63"), CLI::ValidationError);
  EXPECT_THROW(Parse("a.jpg dog --tile 4097"), CLI::ValidationError);
  EXPECT_THROW(Parse("a.jpg dog --overlap 64"), CLI::RequiresError);
  SegmentOptions options;
  options.images = {"a.jpg"};
  options.arguments = {"dog"};
  options.tiling = TilingOptions{512, 257};
  EXPECT_THAT(std::string(PlanSegment(options).status().message()), HasSubstr("--overlap 257: at most 256"));
  options.tiling->overlap = 256;
  EXPECT_TRUE(PlanSegment(options).ok());
}

}  // namespace
}  // namespace pixelclip
