#include "trainer/evaluate/evaluate.h"

#include <gmock/gmock.h>

#include <utility>

#include "tests/trainer/evaluate/set_test.h"

namespace pixelclip {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::QuietConsole;

// Five pictures of two pixels; of class 1 in the first, class 2 in the last.
class EvaluateTest : public testing::SetTest {
 protected:
  EvaluateTest() {
    folder_.WriteFile("names.txt", "cat\ndog\nsky\n");
    Write("a", {0, 1}, {0, 0});
    Write("b", {0, 0}, {0, 255});
    Write("c", {0, 0}, {0, 0});
    Write("d", {1, 0}, {1, 0});
    Write("e", {2, 0}, {2, 0});
  }

  void Write(const std::string& name, const std::vector<uint16_t>& seen, const std::vector<uint16_t>& truth) {
    folder_.WritePicture("images/" + name + ".png", 2, seen);
    folder_.WriteLabels("labels/" + name + ".png", 2, truth);
  }

  absl::StatusOr<Report> Run() { return Evaluate(segmenter_, options_, console_.console); }

  std::string Problem() { return std::string(Run().status().message()); }

  EvaluateOptions options_ = OptionsOfFolder();
};

TEST_F(EvaluateTest, CountsEveryPixel) {
  const auto report = Run();
  ASSERT_TRUE(report.ok()) << report.status();
  const SetReport& set = report->sets.at(0);
  EXPECT_EQ(set.pictures, 5);
  EXPECT_THAT(set.pixels.counts(), ElementsAre(6, 1, 0, 0,  //
                                               0, 1, 0, 0,  //
                                               0, 0, 1, 0));
  EXPECT_THAT(set.pictures_of_class, ElementsAre(5, 1, 1));
  EXPECT_EQ(report->settings.templates.size(), 8u);
  const Scores scores = SummarisePixels(set, 1);
  EXPECT_NEAR(scores.mean_iou, (600.0 / 7 + 50 + 100) / 3, 1e-9);
  EXPECT_NEAR(SummarisePixels(set, 2).mean_iou, 600.0 / 7, 1e-9);
  EXPECT_THAT(console_.err.str(), HasSubstr("5 pictures, 3 classes"));
}

TEST_F(EvaluateTest, DoesNotDependOnTheBatch) {
  const std::string four = FormatReportJson(*Run());
  options_.batch = 1;
  EXPECT_EQ(FormatReportJson(*Run()), four);
  options_.batch = 100;
  EXPECT_EQ(FormatReportJson(*Run()), four);
}

TEST_F(EvaluateTest, PartsAddUpToTheWhole) {
  const auto whole = Run();
  std::vector<Report> parts;
  for (int i = 0; i < 3; ++i) {
    options_.shard = {i, 3};
    const auto part = Run();
    ASSERT_TRUE(part.ok()) << part.status();
    EXPECT_EQ(part->sets[0].pictures, i < 2 ? 2 : 1);
    parts.push_back(*part);
  }
  const auto sum = MergeReports(parts);
  ASSERT_TRUE(sum.ok()) << sum.status();
  EXPECT_EQ(sum->sets[0].pixels.counts(), whole->sets[0].pixels.counts());
  EXPECT_EQ(sum->sets[0].pictures_of_class, whole->sets[0].pictures_of_class);
}

TEST_F(EvaluateTest, MorePartsThanPicturesAreEmpty) {
  options_.shard = {7, 8};
  const auto part = Run();
  ASSERT_TRUE(part.ok()) << part.status();
  EXPECT_EQ(part->sets[0].pictures, 0);
}

TEST_F(EvaluateTest, RanksAddUp) {
  const auto whole = Run();
  // Rank 1's numbers are kept for rank 0, which runs after it.
  std::vector<std::vector<int64_t>> sent;
  options_.shard = {1, 2};
  options_.all_reduce = [&](std::vector<int64_t>& numbers) {
    sent.push_back(numbers);
    return absl::OkStatus();
  };
  ASSERT_TRUE(Run().ok());
  ASSERT_EQ(sent.size(), 2u);
  size_t next = 0;
  options_.shard = {0, 2};
  options_.all_reduce = [&](std::vector<int64_t>& numbers) {
    EXPECT_EQ(numbers.size(), sent[next].size());
    for (size_t i = 0; i < numbers.size(); ++i) numbers[i] += sent[next][i];
    ++next;
    return absl::OkStatus();
  };
  const auto sum = Run();
  ASSERT_TRUE(sum.ok()) << sum.status();
  EXPECT_THAT(sum->shards, ElementsAre(0, 1));
  EXPECT_EQ(sum->sets[0].pictures, 5);
  EXPECT_EQ(sum->sets[0].pixels.counts(), whole->sets[0].pixels.counts());
}

TEST_F(EvaluateTest, OneRanksErrorIsEveryRanks) {
  options_.shard = {0, 2};
  options_.all_reduce = [](std::vector<int64_t>& numbers) {
    EXPECT_THAT(numbers, ElementsAre(0));
    numbers[0] = 1;  // the other rank has failed
    return absl::OkStatus();
  };
  EXPECT_THAT(Problem(), HasSubstr("1 of 2 ranks failed"));

  bool told = false;
  options_.all_reduce = [&](std::vector<int64_t>& numbers) {
    told = numbers == std::vector<int64_t>{1};
    return absl::OkStatus();
  };
  folder_.WriteFile("images/a.png", "no picture");
  EXPECT_THAT(Problem(), HasSubstr("images/a.png"));
  EXPECT_TRUE(told);
}

TEST_F(EvaluateTest, RefusesUnreadableFiles) {
  folder_.WriteFile("images/c.png", "no picture");
  EXPECT_THAT(Problem(), HasSubstr("images/c.png: "));
  Write("c", {0, 0}, {0, 7});
  EXPECT_THAT(Problem(), AllOf(HasSubstr("labels/c.png: "), HasSubstr("value 7 at x 1")));
  Write("c", {0, 0}, {0, 0, 0, 0});
  EXPECT_THAT(Problem(), AllOf(HasSubstr("labels/c.png: has 2x2 pixels"), HasSubstr("has 2x1")));
}

TEST_F(EvaluateTest, RefusesFaultyOptions) {
  options_.batch = 0;
  EXPECT_THAT(Problem(), HasSubstr("batch 0"));
  options_.batch = 1;
  options_.min_pictures = 0;
  EXPECT_THAT(Problem(), HasSubstr("min_pictures 0"));
  options_.min_pictures = 1;
  options_.shard = {2, 2};
  EXPECT_THAT(Problem(), HasSubstr("part 2 of 2"));
  options_.shard = {};
  options_.templates = {"no place for a name"};
  EXPECT_THAT(Problem(), HasSubstr("templates[0]"));
  options_.sets.clear();
  EXPECT_THAT(Problem(), HasSubstr("no data set"));
}

TEST_F(EvaluateTest, MeasuresSeveralSets) {
  options_.sets.push_back(options_.sets[0]);
  const auto report = Run();
  ASSERT_TRUE(report.ok()) << report.status();
  ASSERT_EQ(report->sets.size(), 2u);
  EXPECT_EQ(report->sets[1].set, report->sets[0].set + "-2");
}

TEST_F(EvaluateTest, BackgroundNeedsAWordOrAThreshold) {
  options_.sets[0].background_value = 2;  // "sky" is then no name, and its number that of the first word
  EXPECT_THAT(Problem(), HasSubstr("background words or a threshold"));

  options_.background_words = {"clouds"};
  const auto by_word = Run();
  ASSERT_TRUE(by_word.ok()) << by_word.status();
  EXPECT_THAT(by_word->sets[0].classes, ElementsAre("cat", "dog", "background"));
  EXPECT_EQ(by_word->sets[0].pixels.at(2, 2), 1);

  options_.background_words.clear();
  options_.background_threshold = 0.95f;  // "dog" has 0.9 there
  const auto by_threshold = Run();
  ASSERT_TRUE(by_threshold.ok()) << by_threshold.status();
  EXPECT_EQ(by_threshold->sets[0].pixels.counts(), by_word->sets[0].pixels.counts());

  options_.background_threshold = 0.85f;
  EXPECT_EQ(Run()->sets[0].pixels.at(2, 1), 1);
}

TEST_F(EvaluateTest, RunsFromModelToFiles) {
  folder_.WriteFile("names.txt", "cat\ndog\nsky\n");
  options_.model = std::string(PIXELCLIP_MODELS) + "/mini";
  std::vector<std::string> paths;
  for (int i = 0; i < 2; ++i) {
    options_.shard = {i, 2};
    options_.files.json = folder_ / ("part" + std::to_string(i) + ".json");
    const absl::Status status = RunEvaluate(options_, console_.console);
    ASSERT_TRUE(status.ok()) << status;
    paths.push_back(options_.files.json);
  }
  ReportFiles files;
  files.markdown = folder_ / "whole.md";
  QuietConsole console;
  const absl::Status merged = RunMergeReports(paths, files, console.console);
  ASSERT_TRUE(merged.ok()) << merged;
  EXPECT_THAT(console.out.str(), HasSubstr("| 5 |"));
  EXPECT_THAT(folder_.Read("whole.md"), HasSubstr("| cat | 5 |"));

  paths.pop_back();
  const absl::Status part = RunMergeReports(paths, files, console.console);
  EXPECT_THAT(
      std::string(part.message()),
      AllOf(HasSubstr("part0.json"), HasSubstr("of 2 parts, counted from 0, only these are here: 0")));
}

TEST(ParseShard, TakesIndexAndCount) {
  const auto shard = ParseShard("1/4");
  ASSERT_TRUE(shard.ok()) << shard.status();
  EXPECT_EQ(shard->index, 1);
  EXPECT_EQ(shard->count, 4);
  for (const char* text : {"4/4", "-1/4", "1", "/", "a/b", "0/0"})
    EXPECT_FALSE(ParseShard(text).ok()) << text;
}

}  // namespace
}  // namespace pixelclip
