#include "trainer/evaluate/confusion.h"

#include <gmock/gmock.h>

namespace pixelclip {
namespace {

using ::testing::DoubleNear;
using ::testing::Optional;

constexpr double kTolerance = 1e-9;

// Three classes, the last of which is never there.
Confusion Example() {
  Confusion confusion(3);
  confusion.Add({0, 0, 0, 0, 1, 1, kIgnoredClass}, {0, 0, 0, 1, 1, 2, 0});
  return confusion;
}

TEST(Confusion, CountsByTruthAndPrediction) {
  const Confusion confusion = Example();
  EXPECT_EQ(confusion.at(0, 0), 3);
  EXPECT_EQ(confusion.at(0, 1), 1);
  EXPECT_EQ(confusion.at(1, 1), 1);
  EXPECT_EQ(confusion.at(1, 2), 1);
  EXPECT_EQ(confusion.at(1, 3), 0);
}

TEST(Confusion, ScoresEachClass) {
  const std::vector<ClassScore> scores = Example().PerClass();
  EXPECT_THAT(scores[0].iou, Optional(DoubleNear(75.0, kTolerance)));       // 3 of 3 + 1
  EXPECT_THAT(scores[0].accuracy, Optional(DoubleNear(75.0, kTolerance)));  // 3 of 4
  EXPECT_THAT(scores[1].iou, Optional(DoubleNear(100.0 / 3, kTolerance)));  // 1 of 2 + 1
  EXPECT_THAT(scores[1].accuracy, Optional(DoubleNear(50.0, kTolerance)));
  EXPECT_EQ(scores[2].iou, std::nullopt);
  EXPECT_EQ(scores[2].truth, 0);
  EXPECT_EQ(scores[2].predicted, 1);
}

TEST(Confusion, AveragesOverClassesOfTheTruth) {
  const Scores scores = Example().Summarise({true, true, true});
  EXPECT_EQ(scores.classes, 2);
  EXPECT_NEAR(scores.mean_iou, (75.0 + 100.0 / 3) / 2, kTolerance);
  EXPECT_NEAR(scores.mean_accuracy, 62.5, kTolerance);
  EXPECT_NEAR(scores.pixel_accuracy, 400.0 / 6, kTolerance);
  EXPECT_NEAR(scores.frequency_weighted_iou, (75.0 * 4 + 100.0 / 3 * 2) / 6, kTolerance);
}

TEST(Confusion, LeavesClassesOutOfTheMeansOnly) {
  const Scores scores = Example().Summarise({true, false, true});
  EXPECT_EQ(scores.classes, 1);
  EXPECT_NEAR(scores.mean_iou, 75.0, kTolerance);
  EXPECT_NEAR(scores.pixel_accuracy, 400.0 / 6, kTolerance);
}

TEST(Confusion, NoClassIsWrongAndBelongsToNoOther) {
  Confusion confusion(2);
  confusion.Add({0, 0, 1, 1}, {0, kIgnoredClass, 1, 2});
  EXPECT_EQ(confusion.at(0, 2), 1);
  EXPECT_EQ(confusion.at(1, 2), 1);
  EXPECT_THAT(confusion.PerClass()[0].iou, Optional(DoubleNear(50.0, kTolerance)));
}

TEST(Confusion, NothingCountedIsZero) {
  const Scores scores = Confusion(2).Summarise({true, true});
  EXPECT_EQ(scores.classes, 0);
  EXPECT_EQ(scores.mean_iou, 0);
  EXPECT_EQ(scores.pixel_accuracy, 0);
}

}  // namespace
}  // namespace pixelclip
