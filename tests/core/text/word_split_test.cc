#include "core/text/word_split.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pixelclip {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(WordSplitTest, SplitsLettersNumbersAndTheRest) {
  EXPECT_THAT(SplitWords(U"a photo, of 12½ cats!?"),
              ElementsAre(U"a", U"photo", U",", U"of", U"1", U"2", U"½", U"cats", U"!?"));
  EXPECT_THAT(SplitWords(U"日本語 тест"), ElementsAre(U"日本語", U"тест"));
  EXPECT_THAT(SplitWords(U"  "), IsEmpty());
}

TEST(WordSplitTest, KeepsContractions) {
  EXPECT_THAT(SplitWords(U"it's we're 'xs"), ElementsAre(U"it", U"'s", U"we", U"'re", U"'", U"xs"));
  EXPECT_THAT(SplitWords(U"!'s"), ElementsAre(U"!'", U"s"));
  EXPECT_THAT(SplitWords(U"it'\u017F"), ElementsAre(U"it", U"'\u017F"));  // a long s
}

TEST(WordSplitTest, KeepsSpecialTokens) {
  EXPECT_THAT(SplitWords(U"<|startoftext|>a<|endoftext|> <|end"),
              ElementsAre(U"<|startoftext|>", U"a", U"<|endoftext|>", U"<|", U"end"));
}

TEST(WordSplitTest, DropsTheCombiningIota) { EXPECT_THAT(SplitWords(U"a\u0345b"), ElementsAre(U"a", U"b")); }

}  // namespace
}  // namespace pixelclip
