#include "trainer/dino/kmeans.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "tests/testing/golden.h"

namespace pixelclip {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::SizeIs;

std::string GoldenPath() { return std::string(PIXELCLIP_TEST_DATA) + "/trainer/dino/golden.safetensors"; }

std::vector<int> ToInts(const std::vector<float>& values) { return {values.begin(), values.end()}; }

TEST(KMeans, EqualsThePublishedImplementation) {
  const testing::Golden golden(GoldenPath());
  for (const std::string name : {"clusters", "lost"}) {
    EXPECT_EQ(KMeans(golden.Values("points"), 8, golden.Values(name + ".centers"), {}),
              ToInts(golden.Values(name + ".labels")))
        << name;
  }
}

TEST(KMeans, EqualPointsShareTheFirstCluster) {
  const std::vector<float> points(20, 1.5f);
  EXPECT_THAT(KMeans(points, 2, std::vector<float>(8, 1.5f), {}), Each(0));
}

TEST(KMeans, TheAnswerPrecedesTheLastMove) {
  // From 0 and 10, the point 6 goes to 10; the centres then move to 1 and 8.
  const std::vector<float> points = {0, 2, 6, 10};
  KMeansOptions once;
  once.max_iterations = 1;
  EXPECT_THAT(KMeans(points, 1, {0, 10}, once), ElementsAre(0, 0, 1, 1));
}

TEST(DrawRows, DrawsDifferentRowsBySeedAlone) {
  const std::vector<int> rows = DrawRows(1600, 16, 7);
  EXPECT_THAT(std::set<int>(rows.begin(), rows.end()), SizeIs(16));
  EXPECT_EQ(DrawRows(1600, 16, 7), rows);
  EXPECT_NE(DrawRows(1600, 16, 8), rows);
  const std::vector<int> all = DrawRows(5, 5, 1);
  EXPECT_THAT(std::set<int>(all.begin(), all.end()), ElementsAre(0, 1, 2, 3, 4));
}

}  // namespace
}  // namespace pixelclip
