#include "trainer/masks/sa1b.h"

#include "tests/testing/synthetic_sa1b.h"
#include "tests/trainer/masks/mask_testing.h"

namespace pixelclip {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::TarEnd;
using testing::TarMember;

// Two columns of a 4 x 4 picture, then one pixel; smaller masks first, to be sorted.
constexpr char kMasks[] = R"({"annotations": [
    {"segmentation": {"size": [4, 4], "counts": [5, 1, 10]}},
    {"segmentation": {"size": [4, 4], "counts": "08"}, "iscrowd": 1},
    {"segmentation": {"size": [4, 4], "counts": "88"}}]})";
constexpr char kLargest[] = "..##/..##/..##/..##";
constexpr char kSmallest[] = "..../.#../..../....";

TEST(Sa1bFolder, PairsPicturesWithTheFilesBesideThem) {
  const TemporaryFolder folder;
  folder.Write("sa_2.jpg", FlatPng(4, 4));  // formats are recognised by content
  folder.Write("sa_2.json", kMasks);
  folder.Write("sa_1.png", FlatPng(4, 4));
  folder.Write("sa_1.json", R"([{"segmentation": {"size": [2, 2], "counts": [0, 1, 3]}}])");
  folder.Write("image_list.da", "");
  folder.Write("sa_9.json", kMasks);
  const auto source = OpenSa1bFolder(folder / "");
  ASSERT_TRUE(source.ok()) << source.status();
  ASSERT_EQ((*source)->size(), 2u);
  EXPECT_THAT((*source)->name(1), HasSubstr("/sa_2.jpg"));

  const auto half_size = (*source)->Read(0);
  ASSERT_TRUE(half_size.ok()) << half_size.status();
  EXPECT_THAT(Drawn(*half_size), ElementsAre("##../##../..../...."));
  const auto picture = (*source)->Read(1);
  ASSERT_TRUE(picture.ok()) << picture.status();
  EXPECT_EQ(picture->name, (*source)->name(1));
  EXPECT_EQ(picture->image.width, 4);
  EXPECT_THAT(Drawn(*picture), ElementsAre(kLargest, kSmallest));
}

TEST(Sa1bFolder, TakesThePublishedPreparation) {
  const TemporaryFolder folder;
  for (const char* part :
       {"images/sa_000020", "images/sa_000021", "annotations/sa_000020", "annotations/sa_000021"}) {
    std::filesystem::create_directories(folder / part);
  }
  folder.Write("images/sa_000020/sa_5.jpg", FlatPng(4, 4));
  folder.Write("annotations/sa_000020/sa_5.json", kMasks);
  folder.Write("images/sa_000021/sa_3.jpg", FlatPng(4, 4));
  folder.Write("annotations/sa_000021/sa_3.json", kMasks);
  const auto source = OpenSa1bFolder(folder / "");
  ASSERT_TRUE(source.ok()) << source.status();
  ASSERT_EQ((*source)->size(), 2u);
  for (size_t i = 0; i < 2; ++i) {
    const auto picture = (*source)->Read(i);
    ASSERT_TRUE(picture.ok()) << picture.status();
    EXPECT_THAT(Drawn(*picture), ElementsAre(kLargest, kSmallest));
  }
}

TEST(Sa1bFolder, NamesTheFileThatIsWrong) {
  const TemporaryFolder folder;
  std::filesystem::create_directories(folder / "x");
  std::filesystem::create_directories(folder / "y");
  const auto add = [&](const std::string& name, const std::string& json) {
    folder.Write(name + ".jpg", FlatPng(4, 4));
    folder.Write(name + ".json", json);
  };
  add("a", "{");
  add("b", R"({"annotations": [{"segmentation": {"size": [4, 4], "counts": "07"}}]})");
  add("c", R"({"annotations": [{"segmentation": {"size": [4, 9], "counts": [36]}}]})");
  add("d", R"({"annotations": [{"segmentation": {"size": [0, 0], "counts": [16]}}]})");
  add("e", R"({"annotations": [{"segmentation": {"size": [99999999, 99999999], "counts": []}}]})");
  add("f", R"({"annotations": [{"segmentation": {"size": [4, 4], "counts": [16]}},
                               {"segmentation": {"size": [2, 2], "counts": [4]}}]})");
  add("g", kMasks);
  folder.Write("g.jpg", "rubbish");
  folder.Write("h.jpg", FlatPng(4, 4));
  folder.Write("i.jpg", FlatPng(4, 4));
  folder.Write("x/i.json", kMasks);
  folder.Write("y/i.json", kMasks);
  add("j", R"({"annotations": []})");
  const auto source = OpenSa1bFolder(folder / "");
  ASSERT_TRUE(source.ok()) << source.status();
  const auto error = [&](size_t index) { return ErrorOf((*source)->Read(index)); };
  EXPECT_THAT(error(0), AllOf(HasSubstr("/a.json: "), HasSubstr("broken JSON at byte")));
  EXPECT_THAT(error(1), HasSubstr("/b.json: mask 0: run lengths end at pixel 7 of 16"));
  EXPECT_THAT(error(2),
              HasSubstr("/c.json: masks of 9x4 pixels do not have the shape of the upright picture, 4x4"));
  EXPECT_THAT(error(3), HasSubstr("/d.json: mask 0: 0x0 pixels"));
  EXPECT_THAT(error(4), HasSubstr("/e.json: masks of 99999999x99999999 pixels"));
  EXPECT_THAT(error(5), HasSubstr("/f.json: mask 1: 2x2 pixels; the others have 4x4"));
  EXPECT_THAT(error(6), HasSubstr("/g.jpg: no known picture format"));
  EXPECT_THAT(error(7), HasSubstr("/h.jpg: no JSON file"));
  EXPECT_THAT(error(8), HasSubstr("/i.jpg: no JSON file with masks has its stem, or several have"));
  const auto empty = (*source)->Read(9);
  ASSERT_TRUE(empty.ok()) << empty.status();
  EXPECT_THAT(Drawn(*empty), ElementsAre());
  EXPECT_THAT(ErrorOf(OpenSa1bFolder(folder / "x")), HasSubstr("no pictures in this folder"));
}

TEST(Sa1bTars, ReadsArchivesInTheOrderOfTheirPaths) {
  const TemporaryFolder folder;
  const std::string picture = FlatPng(4, 4);
  folder.Write("sa_000021.tar",
               TarMember("./sa_9.jpg", picture) + TarMember("./sa_9.json", kMasks) + TarEnd());
  folder.Write("sa_000020.tar", TarMember("sa_4.json", kMasks) + TarMember("sa_4.jpg", picture) +
                                    TarMember("images/sa_3.jpg", picture) +
                                    TarMember("annotations/sa_3.json", kMasks) + TarEnd());
  folder.Write("readme.txt", "");
  const auto source = OpenSa1bTars({folder / ""});
  ASSERT_TRUE(source.ok()) << source.status();
  ASSERT_EQ((*source)->size(), 3u);
  EXPECT_THAT((*source)->name(0), HasSubstr("sa_000020.tar: sa_4.jpg"));
  EXPECT_THAT((*source)->name(2), HasSubstr("sa_000021.tar: sa_9.jpg"));
  for (size_t i = 0; i < 3; ++i) {
    const auto masked = (*source)->Read(i);
    ASSERT_TRUE(masked.ok()) << masked.status();
    EXPECT_EQ(masked->name, (*source)->name(i));
    EXPECT_THAT(Drawn(*masked), ElementsAre(kLargest, kSmallest));
  }
  const auto one = OpenSa1bTars({folder / "sa_000021.tar", folder / "sa_000021.tar"});
  ASSERT_TRUE(one.ok()) << one.status();
  EXPECT_EQ((*one)->size(), 1u);
}

TEST(Sa1bTars, CountsDamageAsPictures) {
  const TemporaryFolder folder;
  const std::string picture = FlatPng(4, 4);
  std::string bytes = TarMember("sa_1.jpg", picture) + TarMember("sa_1.json", kMasks) +
                      TarMember("sa_2.jpg", picture) + TarMember("sa_2.json", kMasks) +
                      TarMember("sa_3.jpg", picture) + TarMember("sa_3.json", std::string(5000, ' '));
  const size_t second_json = bytes.find("sa_2.json");
  bytes[second_json + 1] = '?';
  bytes.resize(bytes.size() - 2000);
  folder.Write("a.tar", bytes);
  const auto source = OpenSa1bTars({folder / "a.tar"});
  ASSERT_TRUE(source.ok()) << source.status();
  ASSERT_EQ((*source)->size(), 4u);
  EXPECT_TRUE((*source)->Read(0).ok());
  EXPECT_THAT(ErrorOf((*source)->Read(1)), HasSubstr("a.tar: sa_2.jpg: no JSON file"));
  EXPECT_THAT(ErrorOf((*source)->Read(2)), HasSubstr("a.tar: member 'sa_3.json' is cut off"));
  EXPECT_THAT((*source)->name(3), HasSubstr("a.tar: damage 0"));
  EXPECT_THAT(ErrorOf((*source)->Read(3)), HasSubstr("behind 'sa_2.jpg': a damaged header"));
}

TEST(Sa1bTars, RefusesWhatHasNoPictures) {
  const TemporaryFolder folder;
  EXPECT_THAT(ErrorOf(OpenSa1bTars({folder / ""})), HasSubstr("no *.tar in this folder"));
  folder.Write("a.tar", TarMember("notes.txt", "x"));
  EXPECT_THAT(ErrorOf(OpenSa1bTars({folder / ""})), HasSubstr("no pictures in these tar archives"));
  folder.Write("b.tar", std::string(600, 'z'));
  EXPECT_THAT(ErrorOf(OpenSa1bTars({folder / ""})), HasSubstr("b.tar: not a tar archive"));
  EXPECT_EQ(OpenSa1bTars({folder / "none.tar"}).status().code(), absl::StatusCode::kNotFound);
}

TEST(SyntheticSa1b, IsReadBack) {
  const TemporaryFolder folder;
  testing::SyntheticSa1bOptions options;
  options.pictures = 2;
  options.width = 90;
  options.height = 60;
  options.masks = 12;
  ASSERT_TRUE(testing::WriteSyntheticSa1bTar(folder / "a.tar", options).ok());
  const auto source = OpenSa1bTars({folder / "a.tar"});
  ASSERT_TRUE(source.ok()) << source.status();
  ASSERT_EQ((*source)->size(), 2u);
  for (size_t i = 0; i < 2; ++i) {
    const auto picture = (*source)->Read(i);
    ASSERT_TRUE(picture.ok()) << picture.status();
    EXPECT_EQ(picture->image.width, 90);
    const auto stack = picture->masks->Sample({0, 0, 90, 60}, 64);
    ASSERT_TRUE(stack.ok()) << stack.status();
    EXPECT_EQ(stack->count, 12);
    const std::vector<uint8_t> largest = Plane(*stack, 0);
    EXPECT_GT(std::count(largest.begin(), largest.end(), 1), 100);
  }
}

}  // namespace
}  // namespace pixelclip
