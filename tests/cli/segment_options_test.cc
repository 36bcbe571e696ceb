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
  EXPECT_FALSE(Parse("photo.jpg dog").picture.tiling.has_value());
  const SegmentOptions options = Parse("photo.jpg dog --tile 512");
  ASSERT_TRUE(options.picture.tiling.has_value());
  EXPECT_EQ(options.picture.tiling->tile_size, 512);
  EXPECT_EQ(options.picture.tiling->overlap, 0);
}

TEST(SegmentOptions, TakesTileAndOverlapInAnyOrder) {
  for (const char* arguments : {"a.jpg dog --tile 512 --overlap 64", "--overlap 64 a.jpg dog --tile 512"}) {
    const SegmentOptions options = Parse(arguments);
    ASSERT_TRUE(options.picture.tiling.has_value()) << arguments;
    EXPECT_EQ(options.picture.tiling->tile_size, 512) << arguments;
    EXPECT_EQ(options.picture.tiling->overlap, 64) << arguments;
  }
}

TEST(SegmentOptions, TakesWaysOfLookingByTheirNames) {
  const SegmentOptions none = Parse("a.jpg dog");
  EXPECT_EQ(none.picture.input.fit, InputFit::kSquash);
  EXPECT_EQ(none.picture.refine_steps, 0);
  EXPECT_FALSE(none.words.template_set.has_value());
  const SegmentOptions options = Parse(
      "a.jpg dog --fit keep_aspect --refine-steps 10 --tile 256 --global-weight 0.5 --synonym-rule best "
      "--template-set imagenet --background-threshold 0.1 --background-softmax-scale 40");
  EXPECT_EQ(options.picture.input.fit, InputFit::kKeepAspect);
  EXPECT_EQ(options.picture.refine_steps, 10);
  EXPECT_EQ(options.picture.tiling->global_weight, 0.5f);
  EXPECT_EQ(options.words.synonym_rule, SynonymRule::kBest);
  EXPECT_EQ(options.words.background_softmax_scale, 40.0f);
  EXPECT_EQ(TemplatesOf(options.words)->size(), 80u);
  EXPECT_THROW(Parse("a.jpg dog --fit crop"), CLI::ValidationError);
  EXPECT_THROW(Parse("a.jpg dog --refine-steps 51"), CLI::ValidationError);
  EXPECT_THROW(Parse("a.jpg dog --global-weight 0.5"), CLI::RequiresError);
  EXPECT_THROW(Parse("a.jpg dog --background-softmax-scale 40"), CLI::RequiresError);
}

TEST(SegmentOptions, TakesATemplateSetOrTemplates) {
  SegmentOptions options = Parse("--template-set none --template {}");
  options.images = {"a.jpg"};
  options.arguments = {"dog"};
  EXPECT_THAT(std::string(PlanSegment(options).status().message()), HasSubstr("--template-set"));
  options.words.templates.clear();
  const absl::StatusOr<SegmentPlan> plan = PlanSegment(options);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->vocabulary.templates, std::vector<std::string>{"{}"});
}

TEST(SegmentOptions, RefusesTilesOutOfRange) {
  EXPECT_THROW(Parse("a.jpg dog --tile 63"), CLI::ValidationError);
  EXPECT_THROW(Parse("a.jpg dog --tile 4097"), CLI::ValidationError);
  EXPECT_THROW(Parse("a.jpg dog --overlap 64"), CLI::RequiresError);
  SegmentOptions options;
  options.images = {"a.jpg"};
  options.arguments = {"dog"};
  options.picture.tiling = TilingOptions{512, 257};
  EXPECT_THAT(std::string(PlanSegment(options).status().message()), HasSubstr("--overlap 257: at most 256"));
  options.picture.tiling->overlap = 256;
  EXPECT_TRUE(PlanSegment(options).ok());
}

}  // namespace
}  // namespace pixelclip
