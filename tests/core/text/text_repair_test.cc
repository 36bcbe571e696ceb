#include "core/text/text_repair.h"

#include <gtest/gtest.h>

#include <string>

#include "core/text/clean_text.h"
#include "core/text/unicode.h"

namespace pixelclip {
namespace {

std::string Repair(std::string_view text) { return EncodeUtf8(RepairText(DecodeUtf8(text))); }
std::string Clean(std::string_view text) { return EncodeUtf8(CleanText(text)); }

TEST(TextRepairTest, UndoesMojibake) {
  EXPECT_EQ(Repair("cafÃ©"), "café");
  EXPECT_EQ(Repair("l’Humanité"), "l'Humanité");
  EXPECT_EQ(Repair("â€œquotesâ€\xC2\x9D"), "\"quotes\"");
  EXPECT_EQ(Repair("ÃƒÂ©"), "é");                             // two layers
  EXPECT_EQ(Repair("С‚РµСЃС‚"), "тест");                      // windows-1251
  EXPECT_EQ(Repair("voilÃ le travail"), "voilà le travail");  // the no-break space became a space
  EXPECT_EQ(Repair("ð\xC2\x9F\xC2\x98\xC2\x8A"), "😊");
}

TEST(TextRepairTest, UndoesMojibakeInsideGoodText) {
  EXPECT_EQ(Repair("日本 cafÃ© 日本"), "日本 café 日本");
  EXPECT_EQ(Repair("\xEF\xBF\xBD â€” 日"), "\xEF\xBF\xBD — 日");
}

TEST(TextRepairTest, LeavesGoodTextAlone) {
  for (const char* text :
       {"naïve façade", "Größe", "тест", "日本語", "한국어", "العربية", "©®™", "Å", "½ x²", "Ø"}) {
    EXPECT_EQ(Repair(text), text);
  }
}

TEST(TextRepairTest, ReplacesTypographicForms) {
  EXPECT_EQ(Repair("ﬁ ﬄ ĳ Ǆ"), "fi ffl ij DŽ");
  EXPECT_EQ(Repair("ＦＵＬＬ　ｗｉｄｔｈ ﾊﾝｶｸ"), "FULL width ハンカク");
  EXPECT_EQ(Repair("“a” ‘b’ ŉ"), "\"a\" 'b' 'n");
  EXPECT_EQ(Repair("e\u0301"), "é");
}

TEST(TextRepairTest, RemovesWhatTerminalsAndFilesLeave) {
  EXPECT_EQ(Repair("\x1B[36;44mblue\x1B[0m"), "blue");
  EXPECT_EQ(Repair("\x1B[12"), "[12");
  EXPECT_EQ(Repair("\uFEFFa\x01\x7F\uFFFC"), "a");
  EXPECT_EQ(Repair("a\r\nb\rc\u2028d\u0085e"), "a\nb\nc\nd…e");
}

TEST(TextRepairTest, KeepsReferencesOfHtml) {
  EXPECT_EQ(Repair("&eacute;"), "é");
  EXPECT_EQ(Repair("<b>&eacute;</b>"), "<b>&eacute;</b>");
  EXPECT_EQ(Repair("&eacute;\n<b>\n&eacute;"), "é\n<b>\n&eacute;");
  EXPECT_EQ(Repair("&amp;amp;amp;"), "&");  // again and again until nothing changes
}

TEST(CleanTextTest, CollapsesSpacesAndLowersCase) {
  EXPECT_EQ(Clean("  A\t\n B\u00A0\u2003C\u3000 "), "a b c");
  EXPECT_EQ(Clean("ΟΔΟΣ ΣΑΣ Σ"), "οδος σας σ");  // a final sigma
  EXPECT_EQ(Clean("İI"), "i\u0307i");
  EXPECT_EQ(Clean("<i>&amp;lt;"), "<i><");
  EXPECT_EQ(Clean("\x01 \uFEFF&nbsp;"), "");
}

TEST(CleanTextTest, SurvivesIllFormedUtf8) {
  EXPECT_EQ(Clean("a\xFFz"), "a\uFFFDz");
  EXPECT_EQ(Clean("\xED\xA0\x80"), "\uFFFD\uFFFD\uFFFD");  // a surrogate
  EXPECT_EQ(Clean("\xF0\x9F\x98"), "\uFFFD");              // cut short
}

// Texts that need many passes or recursions stay fast enough to be tested.
TEST(CleanTextTest, SurvivesHostileText) {
  std::string nested = "é&";
  for (int i = 0; i < 256; ++i) nested += "amp;";
  EXPECT_EQ(Clean(nested), "é&");

  std::string layered = "é";
  for (int i = 0; i < 8; ++i) {
    std::string next;
    for (const unsigned char byte : layered) next += EncodeUtf8(std::u32string(1, byte));
    layered = next;
  }
  EXPECT_EQ(Clean(layered), "é");

  for (const char* unit : {"Ã", "Ã ", "Â", "â€", "&#", "&a", "\x1B[1", "ŸŠ", "ðŸ", "&#x1F;", "\xF0", "ё"}) {
    std::string text;
    while (text.size() < 4096) text += unit;
    Clean(text);
    Clean(text + "\n" + text + "日");
  }
}

}  // namespace
}  // namespace pixelclip
