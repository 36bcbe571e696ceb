#include "trainer/masks/picture_files.h"

#include <unistd.h>

#include "core/image/picture_extension.h"
#include "tests/trainer/masks/mask_testing.h"

namespace pixelclip {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(PictureFiles, KnowsExtensionsAndStems) {
  for (const char* name : {"a.jpg", "b/a.JPEG", "x.y.png", "a.webp", "a.bmp", "a.tif", "a.TIFF"}) {
    EXPECT_TRUE(HasPictureExtension(name)) << name;
  }
  for (const char* name : {"a.json", "jpg", "a.jpg/b", "", "a.jpg.txt"}) {
    EXPECT_FALSE(HasPictureExtension(name)) << name;
  }
  EXPECT_EQ(StemOf("a/cat.0.jpg"), "a/cat.0");
  EXPECT_EQ(StemOf("a.b/cat"), "a.b/cat");
  EXPECT_EQ(StemOf("cat"), "cat");
}

TEST(PictureFiles, ListsATreeInOrder) {
  const TemporaryFolder folder;
  std::filesystem::create_directories(folder / "b/deep");
  std::filesystem::create_directories(folder / ".hidden");
  for (const char* name :
       {"c.png", "a.jpg", "b/deep/x.JPG", "b/y.webp", "b/notes.txt", ".hidden/z.jpg", ".d.jpg"}) {
    folder.Write(name, "");
  }
  const auto pictures = ListPictures(folder / "");
  ASSERT_TRUE(pictures.ok()) << pictures.status();
  EXPECT_THAT(*pictures, ElementsAre("a.jpg", "b/deep/x.JPG", "b/y.webp", "c.png"));
}

TEST(PictureFiles, FollowsLinksButNotInCircles) {
  const TemporaryFolder folder;
  const TemporaryFolder elsewhere;
  elsewhere.Write("far.jpg", "");
  folder.Write("near.jpg", "");
  ASSERT_EQ(symlink((elsewhere / "").c_str(), (folder / "images").c_str()), 0);
  ASSERT_EQ(symlink((folder / "").c_str(), (elsewhere / "back").c_str()), 0);
  ASSERT_EQ(symlink("nowhere", (folder / "dangling.jpg").c_str()), 0);
  const auto pictures = ListPictures(folder / "");
  ASSERT_TRUE(pictures.ok()) << pictures.status();
  EXPECT_THAT(*pictures, ElementsAre("images/far.jpg", "near.jpg"));
}

TEST(PictureFiles, NamesWhatIsWrong) {
  const TemporaryFolder folder;
  EXPECT_EQ(ListPictures(folder / "none").status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(ErrorOf(ListPictures(folder / "")), HasSubstr("no pictures in this folder"));
  const std::string path = folder.Write("a.jpg", "not a picture");
  EXPECT_THAT(ErrorOf(ReadPicture(path)), HasSubstr(path + ": no known picture format"));
  EXPECT_THAT(ErrorOf(ReadFileBytes(path, 5)), HasSubstr("13 bytes; at most 5"));
  EXPECT_EQ(*ReadFileBytes(path), "not a picture");
}

}  // namespace
}  // namespace pixelclip
