#include "trainer/masks/label_folder.h"

#include "tests/trainer/masks/mask_testing.h"
#include "tests/trainer/masks/png_bytes.h"

namespace pixelclip {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Value 0 twice, 1 above and below, and a border of 255.
const std::string& kMap =
    *new std::string("\x00\x01\x01\xFF\x00\x00\x01\xFF\x00\x00\x00\xFF\x01\x01\x00\xFF", 16);

class LabelFolderTest : public ::testing::Test {
 protected:
  LabelFolderTest() {
    std::filesystem::create_directories(folder_ / "images/part");
    std::filesystem::create_directories(folder_ / "labels/part");
    folder_.Write("images/part/cat.png", FlatPng(4, 4));
    folder_.Write("images/part/unlabelled.png", FlatPng(4, 4));
    folder_.Write("labels/part/cat.png", MakePng(4, 4, 8, 3, kMap));
  }

  absl::StatusOr<std::unique_ptr<MaskSource>> Open(const LabelFolderOptions& options = {}) {
    return OpenLabelFolder(folder_ / "images", folder_ / "labels", options);
  }

  std::vector<std::string> DrawnWith(const LabelFolderOptions& options) {
    const auto source = Open(options);
    EXPECT_TRUE(source.ok()) << source.status();
    const auto picture = (*source)->Read(0);
    EXPECT_TRUE(picture.ok()) << picture.status();
    return Drawn(*picture);
  }

  TemporaryFolder folder_;
};

TEST_F(LabelFolderTest, MakesAMaskOfEachValue) {
  const auto source = Open();
  ASSERT_TRUE(source.ok()) << source.status();
  ASSERT_EQ((*source)->size(), 1u);  // a picture without a map is not in the set
  EXPECT_THAT((*source)->name(0), HasSubstr("images/part/cat.png"));
  EXPECT_THAT(DrawnWith({}), ElementsAre("#.../##../###./..#.", ".##./..#./..../##.."));
}

TEST_F(LabelFolderTest, IgnoresValues) {
  LabelFolderOptions options;
  options.ignored_values = {0, 255};
  EXPECT_THAT(DrawnWith(options), ElementsAre(".##./..#./..../##.."));
  options.ignored_values = {};
  EXPECT_THAT(DrawnWith(options),
              ElementsAre("#.../##../###./..#.", ".##./..#./..../##..", "...#/...#/...#/...#"));
}

TEST_F(LabelFolderTest, SplitsConnectedRegions) {
  LabelFolderOptions options;
  options.connected_components = true;
  EXPECT_THAT(DrawnWith(options),
              ElementsAre("#.../##../###./..#.", ".##./..#./..../....", "..../..../..../##.."));
  options.min_pixels = 3;
  EXPECT_THAT(DrawnWith(options), ElementsAre("#.../##../###./..#.", ".##./..#./..../...."));
}

TEST_F(LabelFolderTest, StretchesMapsOfAnotherSize) {
  folder_.Write("labels/part/cat.png",
                MakePng(2, 2, 16, 0, std::string("\x01\x00\x01\x00\x02\x00\xFF\x00", 8)));
  EXPECT_THAT(DrawnWith({}),
              ElementsAre("####/####/..../....", "..../..../##../##..", "..../..../..##/..##"));
}

TEST_F(LabelFolderTest, NamesWhatIsWrong) {
  folder_.Write("labels/a.png", MakePng(1, 1, 8, 0, "x"));
  folder_.Write("labels/b.png", "rubbish");
  folder_.Write("images/b.jpg", FlatPng(4, 4));
  folder_.Write("labels/c.png", MakePng(2, 8, 8, 0, std::string(16, 'x')));
  folder_.Write("images/c.jpg", FlatPng(8, 2));
  const auto source = Open();
  ASSERT_TRUE(source.ok()) << source.status();
  ASSERT_EQ((*source)->size(), 4u);
  EXPECT_THAT(ErrorOf((*source)->Read(0)), HasSubstr("labels/a.png: no picture has its stem"));
  EXPECT_THAT(ErrorOf((*source)->Read(1)), HasSubstr("labels/b.png: no known picture format"));
  EXPECT_THAT(ErrorOf((*source)->Read(2)),
              AllOf(HasSubstr("labels/c.png: "), HasSubstr("do not have the shape")));

  folder_.Write("images/b.webp", "");
  EXPECT_THAT(ErrorOf(Open()), AllOf(HasSubstr("b.jpg and b.webp"), HasSubstr("have one stem")));
  EXPECT_THAT(ErrorOf(OpenLabelFolder(folder_ / "images/part", folder_ / "labels")),
              HasSubstr("none of 4 label maps"));
}

TEST_F(LabelFolderTest, BoundsTheNumberOfMasks) {
  std::string rows;
  for (int i = 0; i < 300 * 300; ++i) rows += BigEndian(static_cast<uint32_t>(i)).substr(1);
  folder_.Write("labels/part/cat.png", MakePng(300, 300, 8, 2, rows));
  const auto source = Open();
  ASSERT_TRUE(source.ok()) << source.status();
  EXPECT_THAT(ErrorOf((*source)->Read(0)), HasSubstr("more than 65535 values in one label map"));
  LabelFolderOptions options;
  options.connected_components = true;
  rows.clear();
  for (int i = 0; i < 600 * 600; ++i) rows += static_cast<char>((i + i / 600) % 2);
  folder_.Write("labels/part/cat.png", MakePng(600, 600, 8, 0, rows));
  const auto regions = Open(options);
  ASSERT_TRUE(regions.ok()) << regions.status();
  EXPECT_THAT(ErrorOf((*regions)->Read(0)), HasSubstr("more than 65535 connected regions"));
}

}  // namespace
}  // namespace pixelclip
