#include "cli/output_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/cli/temporary_folder.h"

namespace pixelclip {
namespace {

using ::testing::HasSubstr;

std::string ErrorOf(const OutputFiles& wanted, const std::vector<std::string>& pictures) {
  return std::string(PlanOutputFiles(wanted, pictures).status().message());
}

TEST(PlanOutputFiles, TakesPlainNamesForOnePicture) {
  const auto files =
      PlanOutputFiles({"overlay.JPG", "labels.png", "best.png", "rle.json"}, {"folder/photo.jpg"});
  ASSERT_TRUE(files.ok()) << files.status();
  EXPECT_EQ((*files)[0].overlay, "overlay.JPG");
  EXPECT_EQ((*files)[0].labels, "labels.png");
  EXPECT_EQ((*files)[0].scores, "best.png");
  EXPECT_EQ((*files)[0].rle, "rle.json");
}

TEST(PlanOutputFiles, WantsNothingThatWasNotAskedFor) {
  EXPECT_EQ((*PlanOutputFiles({}, {"a.jpg"}))[0].overlay, "");
}

TEST(PlanOutputFiles, NamesFilesInFoldersAfterThePictures) {
  const TemporaryFolder folder;
  for (const std::string& out : {std::string("out/"), std::string("out"), folder / ""}) {
    const auto files = PlanOutputFiles({out, "", "", "masks/"}, {"x/a.b.jpg", "-"});
    ASSERT_TRUE(files.ok()) << files.status();
    EXPECT_THAT((*files)[0].overlay, testing::EndsWith("/a.b.png"));
    EXPECT_THAT((*files)[1].overlay, testing::EndsWith("/stdin.png"));
    EXPECT_EQ((*files)[1].rle, "masks/stdin.json");
  }
}

TEST(PlanOutputFiles, FillsInPatterns) {
  const auto files = PlanOutputFiles({"out/{name}-overlay.jpeg", "", "", ""}, {"a.jpg", "b.png"});
  ASSERT_TRUE(files.ok()) << files.status();
  EXPECT_EQ((*files)[1].overlay, "out/b-overlay.jpeg");
}

TEST(PlanOutputFiles, RefusesOneFileForSeveralPictures) {
  EXPECT_EQ(ErrorOf({"overlay.png", "", "", ""}, {"a.jpg", "b.jpg"}),
            "--out overlay.png: one file for 2 pictures; name a folder, or put {name} into the name");
}

TEST(PlanOutputFiles, RefusesExtensionsThatTheKindCannotHave) {
  EXPECT_EQ(ErrorOf({"overlay.gif", "", "", ""}, {"a.jpg"}),
            "--out overlay.gif: the name must end in .png or .jpg or .jpeg");
  EXPECT_EQ(ErrorOf({"", "labels.jpg", "", ""}, {"a.jpg"}), "--labels labels.jpg: the name must end in .png");
  EXPECT_EQ(ErrorOf({"", "", "", "rle.png"}, {"a.jpg"}), "--rle rle.png: the name must end in .json");
}

TEST(PlanOutputFiles, RefusesCollisions) {
  EXPECT_THAT(ErrorOf({"out/", "", "", ""}, {"x/a.jpg", "y/a.png"}),
              HasSubstr("out/a.png: both --out of x/a.jpg and --out of y/a.png have this name"));
  EXPECT_THAT(ErrorOf({"same.png", "./same.png", "", ""}, {"a.jpg"}),
              HasSubstr("both --out of a.jpg and --labels of a.jpg"));
  EXPECT_THAT(ErrorOf({"{name}.jpg", "", "", ""}, {"a.jpg"}),
              HasSubstr("both the picture a.jpg and --out of a.jpg"));
}

TEST(CreateFolderOf, CreatesWhatIsMissing) {
  const TemporaryFolder folder;
  EXPECT_TRUE(CreateFolderOf(folder / "a/b/c.png").ok());
  EXPECT_TRUE(folder.Has("a/b"));
  EXPECT_TRUE(CreateFolderOf("c.png").ok());
  folder.Write("file", "");
  EXPECT_FALSE(CreateFolderOf(folder / "file/c.png").ok());
}

}  // namespace
}  // namespace pixelclip
