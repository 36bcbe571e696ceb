#include "core/text/html_entities.h"

#include <gtest/gtest.h>

namespace pixelclip {
namespace {

TEST(HtmlEntitiesTest, ResolvesNames) {
  EXPECT_EQ(UnescapeHtml(U"a &lt;b&gt; &amp; &quot;c&quot;"), U"a <b> & \"c\"");
  EXPECT_EQ(UnescapeHtml(U"&CounterClockwiseContourIntegral;"), U"\u2233");
  EXPECT_EQ(UnescapeHtml(U"&NotEqualTilde;"), U"\u2242\u0338");
  EXPECT_EQ(UnescapeHtml(U"&nosuchname; & &; &"), U"&nosuchname; & &; &");
}

TEST(HtmlEntitiesTest, OldNamesNeedNoSemicolonAndTheLongestWins) {
  EXPECT_EQ(UnescapeHtml(U"&copy2024 &notit &notin;"), U"\u00A92024 \u00ACit \u2209");
  EXPECT_EQ(UnescapeHtml(U"AT&T R&D &ampamp;"), U"AT&T R&D &amp;");
}

TEST(HtmlEntitiesTest, ResolvesNumbers) {
  EXPECT_EQ(UnescapeHtml(U"&#65;&#x42;&#X43;&#68 &#x1F642;"), U"ABCD \U0001F642");
  EXPECT_EQ(UnescapeHtml(U"&#128;&#150;&#x81;"), U"\u20AC\u2013\x81");  // windows-1252
  EXPECT_EQ(UnescapeHtml(U"&#0;&#xD800;&#x110000;&#99999999999999999999;"), U"\uFFFD\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(UnescapeHtml(U"a&#1;&#x1F;&#xFFFF;&#xFDD0;b&#13;"), U"ab\r");
  EXPECT_EQ(UnescapeHtml(U"&#;&#x;&#xg;&#"), U"&#;&#x;&#xg;&#");
}

TEST(HtmlEntitiesTest, CertainOnesEndInASemicolon) {
  EXPECT_EQ(UnescapeCertainHtml(U"&eacute;&#233;&#xE9; &eacute &amp2"), U"\u00E9\u00E9\u00E9 &eacute &amp2");
  EXPECT_EQ(UnescapeCertainHtml(U"&#59; &#12ab;"), U"&#59; &#12ab;");
}

TEST(HtmlEntitiesTest, CertainOnesMayBeWrittenInCapitals) {
  EXPECT_EQ(UnescapeCertainHtml(U"P&EACUTE;REZ BUNDESSTRA&SZLIG;E"), U"P\u00C9REZ BUNDESSTRASSE");
  EXPECT_EQ(UnescapeCertainHtml(U"&nTILDE; &GTREQLESS;"), U"&nTILDE; &GTREQLESS;");  // mixed; "&GT" fits
}

}  // namespace
}  // namespace pixelclip
