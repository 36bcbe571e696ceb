#include "trainer/evaluate/report.h"

#include <gmock/gmock.h>

#include "core/image/decode.h"
#include "tests/cli/temporary_folder.h"

namespace pixelclip {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Report Part(int shard, const std::vector<uint16_t>& truth, const std::vector<uint16_t>& prediction) {
  Report report;
  report.settings.command = "classify-masks";
  report.settings.model = "model.pt";
  report.settings.model_version = "0123456789ab";
  report.settings.resolution = 320;
  report.settings.templates = {"a {}"};
  report.settings.background_words = {"sky"};
  report.settings.background_threshold = 0.25f;
  report.settings.masks = "regions";
  report.shard_count = 2;
  report.shards = {shard};
  SetReport set;
  set.set = "toys";
  set.root = "/data/toys";
  set.classes = {"cat", "say \"hi\", dog|wolf"};
  set.pictures = 1;
  set.pictures_of_class = {1, 0};
  set.pixels = Confusion(2);
  set.pixels.Add(truth, prediction);
  set.masks = Confusion(2);
  set.masks->Add(0, 1);
  set.masks_without_class = 3;
  report.sets = {set};
  return report;
}

Report FirstPart() { return Part(0, {0, 0, 1}, {0, 1, 1}); }
Report SecondPart() { return Part(1, {0, 1}, {0, 0}); }

TEST(MergeReports, AddsPartsInAnyOrder) {
  const auto whole = MergeReports({SecondPart(), FirstPart()});
  ASSERT_TRUE(whole.ok()) << whole.status();
  EXPECT_THAT(whole->shards, ElementsAre(0, 1));
  const SetReport& set = whole->sets[0];
  EXPECT_THAT(set.pixels.counts(), ElementsAre(2, 1, 0, 1, 1, 0));
  EXPECT_THAT(set.masks->counts(), ElementsAre(0, 2, 0, 0, 0, 0));
  EXPECT_EQ(set.pictures, 2);
  EXPECT_THAT(set.pictures_of_class, ElementsAre(2, 0));
  EXPECT_EQ(set.masks_without_class, 6);
}

TEST(MergeReports, RefusesWhatDoesNotBelongTogether) {
  const auto problem = [](const Report& other) {
    return std::string(MergeReports({FirstPart(), other}).status().message());
  };
  EXPECT_THAT(problem(FirstPart()), HasSubstr("part 0 comes twice"));
  Report other = SecondPart();
  other.settings.model_version = "another";
  EXPECT_THAT(problem(other), HasSubstr("settings"));
  other = SecondPart();
  other.shard_count = 3;
  EXPECT_THAT(problem(other), HasSubstr("number of parts"));
  other = SecondPart();
  other.sets[0].classes[0] = "cow";
  EXPECT_THAT(problem(other), HasSubstr("sets"));
  EXPECT_FALSE(MergeReports({}).ok());
}

TEST(ReportJson, ComesBackWhole) {
  const Report report = FirstPart();
  const std::string json = FormatReportJson(report);
  const auto back = ParseReportJson(json);
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_TRUE(back->settings == report.settings);
  EXPECT_EQ(back->settings.model, "model.pt");
  EXPECT_EQ(FormatReportJson(*back), json);
  EXPECT_THAT(json, HasSubstr("\"mean_iou\":50.0"));
}

TEST(ReportJson, NamesTheFaultyField) {
  const std::string json = FormatReportJson(FirstPart());
  const auto problem = [&](const std::string& from, const std::string& to) {
    std::string changed = json;
    changed.replace(changed.find(from), from.size(), to);
    return std::string(ParseReportJson(changed).status().message());
  };
  EXPECT_THAT(problem("\"format\": 1", "\"format\": 2"), HasSubstr("format: must be"));
  EXPECT_THAT(problem("\"parts\": 2", "\"parts\": 0"), HasSubstr("parts: must be"));
  EXPECT_THAT(problem("\"parts_here\": [\n  0\n ]", "\"parts_here\": [1, 1]"), HasSubstr("ascending"));
  EXPECT_THAT(problem("\"confusion\":[[1,", "\"confusion\":[["), HasSubstr("confusion: has 5 counts"));
  EXPECT_THAT(problem("\"confusion\":[[1,", "\"confusion\":[[-1,"),
              HasSubstr("confusion: must be a whole number"));
  EXPECT_THAT(problem("\"name\":\"cat\"", "\"name\":3"), HasSubstr("name: must be a text"));
  EXPECT_THAT(problem("{", "["), HasSubstr("no JSON object"));
}

TEST(ReportMarkdown, ListsSetsAndClasses) {
  const std::string text = FormatReportMarkdown(FirstPart());
  EXPECT_THAT(text, HasSubstr("| toys | 1 | 1 | 50.00 | 50.00 | 66.67 | 50.00 | 1 | 0.00 | 0.00 | 3 |"));
  EXPECT_THAT(text, HasSubstr("| cat | 1 | 66.67 | 50.00 | 50.00 | 1 | 0.00 |"));
  EXPECT_THAT(text, HasSubstr("dog\\|wolf"));
  EXPECT_THAT(text, HasSubstr("Only the parts 0 of 2"));
}

TEST(WriteReport, WritesAllThatIsAskedFor) {
  const TemporaryFolder folder;
  ReportFiles files;
  files.json = folder / "report.json";
  files.confusion_folder = folder / "confusion";
  ASSERT_TRUE(WriteReport(FirstPart(), files).ok());
  EXPECT_EQ(folder.CountFiles(), 2);
  EXPECT_EQ(folder.Read("confusion/toys.csv"),
            "true class,\"cat\",\"say \"\"hi\"\", dog|wolf\",no class\r\n"
            "\"cat\",1,1,0\r\n"
            "\"say \"\"hi\"\", dog|wolf\",0,1,0\r\n");
  const auto picture = DecodeImage(folder.Read("confusion/toys.png"));
  ASSERT_TRUE(picture.ok()) << picture.status();
  EXPECT_EQ(picture->width, 3 * 32);
  EXPECT_EQ(picture->height, 2 * 32);
  EXPECT_EQ(picture->pixels.back(), 255);  // no pixel without a class

  files.json = folder / "missing/report.json";
  EXPECT_THAT(std::string(WriteReport(FirstPart(), files).message()), HasSubstr("missing/report.json"));
}

}  // namespace
}  // namespace pixelclip
