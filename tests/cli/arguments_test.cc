#include "cli/arguments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace pixelclip {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

absl::StatusOr<PicturesAndWords> Split(const std::vector<std::string>& arguments) {
  static const auto* const files = new std::set<std::string>{"a.jpg", "b.png", "dog", "folder/c"};
  return SplitArguments(arguments, [](const std::string& name) { return files->count(name) > 0; });
}

TEST(SplitArguments, TakesOnePictureThenWords) {
  const auto split = Split({"a.jpg", "cat", "grass, lawn", "sky"});
  ASSERT_TRUE(split.ok()) << split.status();
  EXPECT_THAT(split->pictures, ElementsAre("a.jpg"));
  EXPECT_THAT(split->words, ElementsAre("cat", "grass, lawn", "sky"));
}

TEST(SplitArguments, TakesFilesAndStandardInputUpToTheFirstWord) {
  const auto split = Split({"a.jpg", "-", "folder/c", "sky", "dog"});
  ASSERT_TRUE(split.ok()) << split.status();
  EXPECT_THAT(split->pictures, ElementsAre("a.jpg", "-", "folder/c"));
  EXPECT_THAT(split->words, ElementsAre("sky", "dog")) << "a file behind the first word is a word";
}

TEST(SplitArguments, LeavesItToTheCallerThatOneOfThemIsMissing) {
  EXPECT_THAT(Split({"a.jpg"})->words, IsEmpty());
  EXPECT_THAT(Split({"cat"})->pictures, IsEmpty());
  EXPECT_THAT(Split({})->pictures, IsEmpty());
}

TEST(SplitArguments, RefusesAMissingFileThatLooksLikeOne) {
  EXPECT_EQ(Split({"gone.jpg", "cat"}).status().message(), "gone.jpg: no such file");
  EXPECT_EQ(Split({"pictures/gone", "cat"}).status().message(), "pictures/gone: no such file");
  EXPECT_EQ(Split({"a.jpg", "gone.TIFF", "cat"}).status().message(), "gone.TIFF: no such file");
}

TEST(SplitArguments, AllowsSlashesInWordsBehindAPicture) {
  EXPECT_THAT(Split({"a.jpg", "road/street"})->words, ElementsAre("road/street"));
}

TEST(SplitArguments, RefusesPicturesBehindWords) {
  EXPECT_EQ(Split({"a.jpg", "cat", "b.png"}).status().message(), "b.png: pictures go before the words");
}

}  // namespace
}  // namespace pixelclip
