#include "trainer/masks/coco_rle.h"

#include "tests/trainer/masks/mask_testing.h"

namespace pixelclip {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class CocoRleTest : public ::testing::Test {
 protected:
  CocoRleTest() {
    std::filesystem::create_directories(folder_ / "images/train");
    folder_.Write("images/a.png", FlatPng(4, 4));
    folder_.Write("images/train/b.png", FlatPng(4, 4));
  }

  absl::StatusOr<std::unique_ptr<MaskSource>> Open(const std::string& json) {
    return OpenCocoRle(folder_ / "images", folder_.Write("masks.json", json));
  }

  TemporaryFolder folder_;
};

TEST_F(CocoRleTest, ReadsInstances) {
  const auto source = Open(R"({
      "annotations": [
        {"image_id": 8, "segmentation": [[0, 0, 2, 0, 2, 2, 0, 2]], "iscrowd": 0, "category_id": 1},
        {"image_id": 8, "segmentation": {"size": [8, 8], "counts": [32, 32]}},
        {"image_id": 8, "segmentation": {"size": [8, 8], "counts": [0, 64]}, "iscrowd": 1}],
      "images": [{"id": 8, "file_name": "train/b.png", "width": 8, "height": 8},
                 {"id": 3, "file_name": "a.png", "width": 4, "height": 4}]})");
  ASSERT_TRUE(source.ok()) << source.status();
  ASSERT_EQ((*source)->size(), 2u);
  EXPECT_THAT((*source)->name(0), HasSubstr("images/train/b.png"));
  const auto picture = (*source)->Read(0);
  ASSERT_TRUE(picture.ok()) << picture.status();
  EXPECT_THAT(Drawn(*picture), ElementsAre("..##/..##/..##/..##", "#.../..../..../...."));
  const auto bare = (*source)->Read(1);
  ASSERT_TRUE(bare.ok()) << bare.status();
  EXPECT_THAT(Drawn(*bare), ElementsAre());
}

TEST_F(CocoRleTest, ReadsAPlainList) {
  const auto source = Open(R"([
      {"file_name": "a.png", "segmentations": [[[1, 1, 3, 1, 3, 3, 1, 3]], {"size": [4, 4], "counts": "0d0"}]},
      {"file_name": "train/b.png", "segmentations": [[[0, 0, 1, 0, 1, 4, 0, 4]]]}])");
  ASSERT_TRUE(source.ok()) << source.status();
  const auto first = (*source)->Read(0);
  ASSERT_FALSE(first.ok());  // "d0" is 20 of 16 pixels
  EXPECT_THAT(ErrorOf(first), HasSubstr("masks.json: a.png: mask 1: run lengths exceed the 16 pixels"));
  const auto second = (*source)->Read(1);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_THAT(Drawn(*second), ElementsAre("#.../#.../#.../#..."));
}

TEST_F(CocoRleTest, NamesWhatIsWrong) {
  EXPECT_THAT(ErrorOf(Open("{}")), HasSubstr("masks.json: names no pictures"));
  EXPECT_THAT(ErrorOf(Open("{\"images\": [5]}")), HasSubstr("masks.json: images[0] is a number"));
  for (const char* name : {"", "/etc/passwd", "../a.png", "train/../../a.png"}) {
    EXPECT_THAT(ErrorOf(Open(std::string(R"([{"file_name": ")") + name + "\"}]")),
                HasSubstr("must be a path inside of the pictures' folder"));
  }
  EXPECT_THAT(ErrorOf(Open(R"([{"file_name": "a.png"}, {"file_name": "a.png"}])")),
              HasSubstr("two pictures have the file_name 'a.png'"));
  EXPECT_THAT(ErrorOf(Open(R"({"images": [{"id": 1, "file_name": "a"}, {"id": 1, "file_name": "b"}]})")),
              HasSubstr("two pictures have the id 1"));
  EXPECT_THAT(ErrorOf(Open(R"({"images": [{"id": 1, "file_name": "a"}],
                               "annotations": [{"image_id": 2, "segmentation": []}]})")),
              HasSubstr("annotation 0: no picture has its image_id, 2"));
  EXPECT_EQ(OpenCocoRle(folder_ / "images", folder_ / "none.json").status().code(),
            absl::StatusCode::kNotFound);

  const auto sizes = Open(R"([{"file_name": "a.png", "width": 4, "height": 4,
                               "segmentations": [{"size": [2, 2], "counts": "4"}]},
                              {"file_name": "missing.png"},
                              {"file_name": "train/b.png", "width": -1, "height": 4}])");
  ASSERT_TRUE(sizes.ok()) << sizes.status();
  EXPECT_THAT(ErrorOf((*sizes)->Read(0)), HasSubstr("mask 0: 2x2 pixels; the others have 4x4"));
  EXPECT_EQ((*sizes)->Read(1).status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(ErrorOf((*sizes)->Read(2)), AllOf(HasSubstr("b.png: "), HasSubstr("masks of -1x4")));
}

}  // namespace
}  // namespace pixelclip
