#include "core/class_summary.h"

#include <gtest/gtest.h>

namespace pixelclip {
namespace {

TEST(SummarizeClasses, CountsAveragesAndBoxes) {
  const LabelMap labels{4,
                        3,
                        {0, 0, 2, 2,  //
                         0, 0, 0, 2,  //
                         0, 2, 0, 0}};
  const std::vector<float> scores = {.5f, .5f, .1f, .2f, .5f, .5f, .5f, .3f, .5f, .4f, .5f, .5f};
  const auto classes = SummarizeClasses(labels, scores, {"grass", "dog", "sky"});
  ASSERT_EQ(classes.size(), 3u);

  EXPECT_EQ(classes[0].name, "grass");
  EXPECT_EQ(classes[0].label, 0);
  EXPECT_EQ(classes[0].pixels, 8);
  EXPECT_DOUBLE_EQ(classes[0].share, 8.0 / 12);
  EXPECT_NEAR(classes[0].mean_score, 0.5, 1e-7);

  EXPECT_EQ(classes[1].pixels, 0);
  EXPECT_EQ(classes[1].box.width, 0);
  EXPECT_EQ(classes[1].mean_score, 0);

  EXPECT_EQ(classes[2].pixels, 4);
  EXPECT_NEAR(classes[2].mean_score, 0.25, 1e-7);
  EXPECT_EQ(classes[2].box.x, 1);
  EXPECT_EQ(classes[2].box.y, 0);
  EXPECT_EQ(classes[2].box.width, 3);
  EXPECT_EQ(classes[2].box.height, 3);
}

}  // namespace
}  // namespace pixelclip
