#include "core/class_summary.h"

#include <gtest/gtest.h>

namespace pixelclip {
namespace {

TEST(ClassTally, CountsAveragesAndBoxes) {
  const std::vector<uint16_t> labels = {0, 0, 2, 2,  //
                                        0, 0, 0, 2,  //
                                        0, 2, 0, 0};
  const std::vector<float> scores = {.5f, .5f, .1f, .2f, .5f, .5f, .5f, .3f, .5f, .4f, .5f, .5f};
  ClassTally tally(3);
  for (int y = 0; y < 3; ++y) tally.AddRow(0, y, 4, &labels[4 * y], &scores[4 * y]);
  const std::vector<ClassSummary> classes = tally.Summarize();
  ASSERT_EQ(classes.size(), 3u);

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

void ExpectEqual(const std::vector<ClassSummary>& a, const std::vector<ClassSummary>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].label, b[i].label);
    EXPECT_EQ(a[i].pixels, b[i].pixels);
    EXPECT_EQ(a[i].share, b[i].share);
    EXPECT_EQ(a[i].mean_score, b[i].mean_score);
    EXPECT_EQ(a[i].box.x, b[i].box.x);
    EXPECT_EQ(a[i].box.y, b[i].box.y);
    EXPECT_EQ(a[i].box.width, b[i].box.width);
    EXPECT_EQ(a[i].box.height, b[i].box.height);
  }
}

TEST(ClassTally, MergesPartsInAnyOrder) {
  // Class 1 is in the corners only, class 2 nowhere.
  const std::vector<uint16_t> corner = {1, 0}, middle = {0, 0};
  std::vector<ClassTally> parts;
  for (int y = 0; y < 3; ++y) {
    for (int x = 0; x < 100; x += 2) {
      const std::vector<float> scores = {0.1f + 0.001f * static_cast<float>(x),
                                         0.3f - 0.01f * static_cast<float>(y)};
      parts.emplace_back(3).AddRow(x, y, 2, (x == 0 && y != 1 ? corner : middle).data(), scores.data());
    }
  }
  ClassTally forwards(3), backwards(3);
  for (auto part = parts.begin(); part != parts.end(); ++part) forwards.Merge(*part);
  for (auto part = parts.rbegin(); part != parts.rend(); ++part) backwards.Merge(*part);
  ExpectEqual(forwards.Summarize(), backwards.Summarize());

  const std::vector<ClassSummary> classes = forwards.Summarize();
  EXPECT_EQ(classes[0].pixels, 298);
  EXPECT_EQ(classes[0].box.width, 100);
  EXPECT_EQ(classes[1].pixels, 2);
  EXPECT_DOUBLE_EQ(classes[1].share, 2.0 / 300);
  EXPECT_NEAR(classes[1].mean_score, 0.1, 1e-6);
  EXPECT_EQ(classes[1].box.y, 0);
  EXPECT_EQ(classes[1].box.width, 1);
  EXPECT_EQ(classes[1].box.height, 3);
  EXPECT_EQ(classes[2].pixels, 0);
  EXPECT_EQ(classes[2].box.height, 0);
}

}  // namespace
}  // namespace pixelclip
