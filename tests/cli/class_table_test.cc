#include "cli/class_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "cli/table.h"
#include "core/image/palette.h"

namespace pixelclip {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

ClassSummary Summary(const std::string& name, uint16_t label, int64_t pixels, double mean_score) {
  ClassSummary summary;
  summary.name = name;
  summary.label = label;
  summary.pixels = pixels;
  summary.share = static_cast<double>(pixels) / 10000;
  summary.mean_score = mean_score;
  return summary;
}

TEST(FormatClassTable, ListsTheLargestFirst) {
  Segmentation segmentation;
  segmentation.classes = {Summary("dog", 0, 2994, 0.2314), Summary("grass, lawn", 1, 7003, 0.25),
                          Summary("cat", 2, 0, 0), Summary("sky", 3, 3, 0.1)};
  EXPECT_EQ(FormatClassTable(segmentation, ColorMode::kNone, 80),
            "class          share  mean score\n"
            "grass, lawn   70.0 %       0.250\n"
            "dog           29.9 %       0.231\n"
            "sky          < 0.1 %       0.100\n"
            "cat            0.0 %           –\n");
}

TEST(FormatClassTable, OnlyCountsEmptyClassesOfLongLists) {
  Segmentation segmentation;
  for (uint16_t label = 0; label < 150; ++label) {
    segmentation.classes.push_back(
        Summary(absl::StrCat("class ", label), label, label == 77 ? 10000 : 0, 0.2));
  }
  EXPECT_EQ(FormatClassTable(segmentation, ColorMode::kNone, 80),
            "class       share  mean score\n"
            "class 77  100.0 %       0.200\n"
            "and 149 classes without pixels\n");
}

TEST(FormatClassTable, ShowsTheOverlaysColours) {
  Segmentation segmentation;
  segmentation.classes = {Summary("dog", 0, 5000, 0.2), Summary("background", 1, 5000, 0.1)};
  segmentation.classes[1].is_background = true;
  const Color color = ColorOf(0);
  EXPECT_EQ(FormatClassTable(segmentation, ColorMode::kTrueColor, 80),
            absl::StrCat("    class        share  mean score\n",  //
                         "\x1b[48;2;", color.red, ";", color.green, ";", color.blue, "m  \x1b[0m",
                         "  dog         50.0 %       0.200\n", "    background  50.0 %       0.100\n"));
  EXPECT_THAT(FormatClassTable(segmentation, ColorMode::k256, 80), HasSubstr("\x1b[48;5;"));
}

TEST(FormatClassTable, CutsLongNamesToTheTerminal) {
  Segmentation segmentation;
  segmentation.classes = {Summary(std::string(100, 'x'), 0, 10000, 0.2)};
  EXPECT_EQ(FormatClassTable(segmentation, ColorMode::kNone, 40),
            "class                  share  mean score\n"
            "xxxxxxxxxxxxxxxxxx…  100.0 %       0.200\n");
}

TEST(Table, MakesCellsPrintable) {
  Table table({{"name"}});
  table.AddRow({"a\x1b[2Jb"});
  EXPECT_THAT(table.Format(80), Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace pixelclip
