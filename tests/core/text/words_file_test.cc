#include "core/text/words_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pixelclip {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(ParseWordsFile, SkipsCommentsAndEmptyLines) {
  EXPECT_THAT(ParseWordsFile("# streets\nroad, street\n\n  sky \n\t# more\nC# book"),
              ElementsAre("road, street", "sky", "C# book"));
}

TEST(ParseWordsFile, TakesFilesFromWindows) {
  EXPECT_THAT(ParseWordsFile("\xEF\xBB\xBFroad\r\nsky\r\n"), ElementsAre("road", "sky"));
  EXPECT_THAT(ParseWordsFile("\xEF\xBB\xBF"), IsEmpty());
}

}  // namespace
}  // namespace pixelclip
