#include "cli/display_text.h"

#include <gtest/gtest.h>

namespace pixelclip {
namespace {

TEST(DisplayText, CountsColumnsNotBytes) {
  EXPECT_EQ(DisplayWidth("dog"), 3);
  EXPECT_EQ(DisplayWidth("Grün"), 4);
  EXPECT_EQ(DisplayWidth("e\u0301"), 1) << "a combining accent";
  EXPECT_EQ(DisplayWidth("犬"), 2);
  EXPECT_EQ(DisplayWidth("🐕"), 2);
}

TEST(DisplayText, CutsWholeCharacters) {
  EXPECT_EQ(Ellipsize("grass", 5), "grass");
  EXPECT_EQ(Ellipsize("grassland", 5), "gras…");
  EXPECT_EQ(Ellipsize("犬犬犬", 4), "犬…") << "the second would need column 4, where the ellipsis is";
}

TEST(DisplayText, PadsToColumns) {
  EXPECT_EQ(PadRight("犬", 4), "犬  ");
  EXPECT_EQ(PadLeft("é", 3), "  é");
  EXPECT_EQ(PadLeft("grass", 3), "grass");
}

TEST(DisplayText, ReplacesWhatATerminalWouldObey) {
  EXPECT_EQ(Printable("a\x1b[31mb\nc"), "a\uFFFD[31mb\uFFFDc");
  EXPECT_EQ(Printable("\u202Etxt"), "\uFFFDtxt") << "right-to-left override";
  EXPECT_EQ(Printable("\xff"), "\uFFFD");
  EXPECT_EQ(Printable("Straße 犬"), "Straße 犬");
}

TEST(DisplayText, FormatsDurations) {
  EXPECT_EQ(FormatDuration(0), "0 s");
  EXPECT_EQ(FormatDuration(0.2134), "0.21 s");
  EXPECT_EQ(FormatDuration(3.456), "3.5 s");
  EXPECT_EQ(FormatDuration(9.97), "10 s");
  EXPECT_EQ(FormatDuration(59.7), "1 min 00 s");
  EXPECT_EQ(FormatDuration(65), "1 min 05 s");
  EXPECT_EQ(FormatDuration(7500), "2 h 05 min");
}

}  // namespace
}  // namespace pixelclip
