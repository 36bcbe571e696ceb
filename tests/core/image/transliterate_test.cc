#include "core/image/transliterate.h"

#include <gtest/gtest.h>

namespace pixelclip {
namespace {

TEST(TransliterateToAscii, KeepsAscii) { EXPECT_EQ(TransliterateToAscii("grass, lawn"), "grass, lawn"); }

TEST(TransliterateToAscii, MakesOtherScriptsReadable) {
  EXPECT_EQ(TransliterateToAscii("crème brûlée"), "creme brulee");
  EXPECT_EQ(TransliterateToAscii("Москва"), "Moskva");
  EXPECT_EQ(TransliterateToAscii("σκύλος"), "skylos");
}

TEST(TransliterateToAscii, ReplacesTheRest) {
  EXPECT_EQ(TransliterateToAscii("a\tb"), "a?b");
  EXPECT_EQ(TransliterateToAscii("\xF0\x9F\x90\xB6"), "?");  // a dog's face
  EXPECT_EQ(TransliterateToAscii("x\xFFy"), "x?y");
  EXPECT_EQ(TransliterateToAscii(""), "");
}

}  // namespace
}  // namespace pixelclip
