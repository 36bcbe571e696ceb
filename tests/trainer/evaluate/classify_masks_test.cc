#include "trainer/evaluate/classify_masks.h"

#include <gmock/gmock.h>

#include "tests/trainer/evaluate/set_test.h"

namespace pixelclip {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// One picture of a cat (0) in two pieces and a dog (1). The model sees a dog in the cat's smaller piece and a
// cat in one pixel of its larger one's.
class ClassifyMasksTest : public testing::SetTest {
 protected:
  ClassifyMasksTest() {
    folder_.WriteFile("names.txt", "cat\ndog\n");
    folder_.WritePicture("images/a.png", 6,
                         {0, 0, 1, 1, 1, 1,  //
                          0, 1, 1, 1, 1, 1});
    folder_.WriteLabels("labels/a.png", 6,
                        {0, 0, 1, 1, 1, 0,  //
                         0, 0, 1, 1, 255, 0});
  }

  absl::StatusOr<Report> Run() { return ClassifyMasks(segmenter_, options_, console_.console); }

  std::string Problem() { return std::string(Run().status().message()); }

  ClassifyMasksOptions options_ = {OptionsOfFolder(), MaskKind::kRegions, ""};
};

TEST_F(ClassifyMasksTest, ClassifiesRegions) {
  const auto report = Run();
  ASSERT_TRUE(report.ok()) << report.status();
  const SetReport& set = report->sets[0];
  EXPECT_THAT(set.masks->counts(), ElementsAre(1, 1, 0,  //
                                               0, 1, 0));
  // A mask's class holds in all of it.
  EXPECT_THAT(set.pixels.counts(), ElementsAre(4, 2, 0,  //
                                               0, 5, 0));
  EXPECT_EQ(set.masks_without_class, 0);
  EXPECT_EQ(report->settings.masks, "regions");
}

TEST_F(ClassifyMasksTest, ClassifiesWholeClasses) {
  options_.masks = MaskKind::kClasses;
  const auto report = Run();
  ASSERT_TRUE(report.ok()) << report.status();
  // The cat's six pixels: three seen as cat, three as dog; of equals, the first.
  EXPECT_THAT(report->sets[0].masks->counts(), ElementsAre(1, 0, 0,  //
                                                           0, 1, 0));
}

TEST_F(ClassifyMasksTest, ClassifiesInstances) {
  options_.masks = MaskKind::kInstances;
  EXPECT_THAT(Problem(), AllOf(HasSubstr("images/a.png"), HasSubstr("instances")));
  // Void ends an instance, and is none by itself.
  folder_.WriteLabels("instances/a.png", 6,
                      {300, 300, 0, 0, 0, 0,  //
                       300, 300, 7, 7, 9, 0});
  const auto report = Run();
  ASSERT_TRUE(report.ok()) << report.status();
  const SetReport& set = report->sets[0];
  EXPECT_THAT(set.masks->counts(), ElementsAre(1, 0, 0,  //
                                               0, 1, 0));
  EXPECT_EQ(set.masks_without_class, 0);
  // What is in no mask has no class.
  EXPECT_THAT(set.pixels.counts(), ElementsAre(4, 0, 2,  //
                                               0, 2, 3));
  folder_.WriteLabels("instances/a.png", 6, {1, 1, 0, 0, 0, 0});
  EXPECT_THAT(Problem(), HasSubstr("instances/a.png: has 6x1 pixels"));
}

TEST_F(ClassifyMasksTest, ClassifiesRunLengths) {
  options_.masks = MaskKind::kRle;
  EXPECT_THAT(Problem(), HasSubstr("must name a folder for --masks rle"));
  options_.mask_folder = folder_ / "sam";
  EXPECT_THAT(Problem(), HasSubstr("sam/a.json"));
  // Columns from the left: the small one lies on the large one, wherever it stands in the file; the third has
  // as much of cat as of dog; the fourth is all void.
  folder_.WriteFile("sam/a.json", R"([{"segmentation": {"size": [2, 6], "counts": [0, 2, 10]}},
                                      {"segmentation": {"size": [2, 6], "counts": [0, 12]}},
                                      {"segmentation": {"size": [2, 6], "counts": [2, 4, 6]}},
                                      {"segmentation": {"size": [2, 6], "counts": [9, 1, 2]}}])");
  const auto report = Run();
  ASSERT_TRUE(report.ok()) << report.status();
  const SetReport& set = report->sets[0];
  EXPECT_THAT(set.masks->counts(), ElementsAre(1, 0, 0,  //
                                               0, 0, 0));
  EXPECT_EQ(set.masks_without_class, 3);
  EXPECT_THAT(set.pixels.counts(), ElementsAre(2, 4, 0,  //
                                               0, 5, 0));
}

TEST_F(ClassifyMasksTest, TakesTheBackground) {
  options_.evaluate.sets[0].background_value = 1;
  options_.evaluate.background_words = {"wall"};
  const auto report = Run();
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_THAT(report->sets[0].classes, ElementsAre("cat", "background"));
  EXPECT_EQ(report->sets[0].masks->at(1, 1), 1);
}

TEST(ParseMaskKind, KnowsItsNames) {
  const auto kind = ParseMaskKind("instances");
  ASSERT_TRUE(kind.ok()) << kind.status();
  EXPECT_EQ(*kind, MaskKind::kInstances);
  EXPECT_THAT(std::string(ParseMaskKind("sam").status().message()), HasSubstr("regions"));
}

}  // namespace
}  // namespace pixelclip
