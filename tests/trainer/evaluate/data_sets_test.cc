#include "trainer/evaluate/data_sets.h"

#include <gmock/gmock.h>
#include <zlib.h>

#include "core/image/rle.h"
#include "tests/trainer/evaluate/set_folder.h"
#include "trainer/evaluate/confusion.h"

namespace pixelclip {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using testing::SetFolder;
using ::testing::StartsWith;

constexpr uint16_t kNone = kIgnoredClass;

absl::StatusOr<DataSet> Open(DataSetKind kind, const SetFolder& folder) {
  DataSetChoice choice;
  choice.kind = kind;
  choice.root = folder.path();
  return OpenDataSet(choice);
}

std::string Problem(const absl::StatusOr<DataSet>& set) { return std::string(set.status().message()); }

// The ground truth of a set's first picture.
std::vector<uint16_t> Truth(const absl::StatusOr<DataSet>& set) {
  if (!set.ok()) {
    ADD_FAILURE() << set.status();
    return {};
  }
  const auto truth = set->ReadTruth(set->pictures.at(0));
  if (!truth.ok()) ADD_FAILURE() << truth.status();
  return truth.ok() ? truth->labels : std::vector<uint16_t>();
}

std::string Chunk(const std::string& type, const std::string& payload) {
  const auto big_endian = [](uint32_t value) {
    std::string bytes;
    for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(value >> shift));
    return bytes;
  };
  const std::string covered = type + payload;
  const auto checksum =
      crc32(0, reinterpret_cast<const Bytef*>(covered.data()), static_cast<uInt>(covered.size()));
  return big_endian(static_cast<uint32_t>(payload.size())) + covered +
         big_endian(static_cast<uint32_t>(checksum));
}

// The PNG of values with a palette of 256 colours, as VOC's are stored.
std::string PalettePng(int width, const std::vector<uint16_t>& values) {
  const std::string gray = *EncodePng(LabelMap{width, static_cast<int>(values.size()) / width, values});
  constexpr size_t kHeaderPayload = 16, kHeaderEnd = 33, kColorType = 9;
  std::string header = gray.substr(kHeaderPayload, 13);
  header[kColorType] = 3;
  std::string colours;
  for (int i = 0; i < 256; ++i) colours += {static_cast<char>(i * 37), static_cast<char>(i * 91), 5};
  return gray.substr(0, 8) + Chunk("IHDR", header) + Chunk("PLTE", colours) + gray.substr(kHeaderEnd);
}

TEST(CocoStuff, ReadsTheMapsAsDistributed) {
  const SetFolder folder;
  folder.WritePicture("val2017/1.jpg", 4, {0, 0, 0, 0});
  folder.WriteLabels("stuffthingmaps/val2017/1.png", 4, {0, 12, 181, 255});
  const auto set = Open(DataSetKind::kCocoStuff, folder);
  EXPECT_THAT(Truth(set), ElementsAre(0, 11, 170, kNone));
  ASSERT_EQ(set->class_names.size(), 171u);
  EXPECT_EQ(set->class_names[11], "stop sign");
  EXPECT_EQ(set->class_names[80], "banner");
  EXPECT_EQ(set->class_names[170], "wood");
  EXPECT_EQ(set->name, "coco-stuff");
}

TEST(CocoStuff, PrefersThePreparedMaps) {
  const SetFolder folder;
  folder.WritePicture("images/val2017/1.jpg", 3, {0, 0, 0});
  folder.WriteLabels("annotations/val2017/1.png", 3, {0, 0, 0});
  folder.WriteLabels("annotations_detectron2/val2017/1.png", 3, {0, 170, 255});
  EXPECT_THAT(Truth(Open(DataSetKind::kCocoStuff, folder)), ElementsAre(0, 170, kNone));
}

TEST(Ade20k, ReadsBothLayouts) {
  const SetFolder folder;
  folder.WritePicture("images/validation/a.jpg", 3, {0, 0, 0});
  folder.WriteLabels("annotations/validation/a.png", 3, {0, 1, 150});
  const auto set = Open(DataSetKind::kAde20k, folder);
  EXPECT_THAT(Truth(set), ElementsAre(kNone, 0, 149));
  EXPECT_EQ(set->class_names.size(), 150u);
  EXPECT_EQ(set->class_names[7], "bed");
  folder.WriteLabels("annotations_detectron2/validation/a.png", 3, {255, 0, 149});
  EXPECT_THAT(Truth(Open(DataSetKind::kAde20k, folder)), ElementsAre(kNone, 0, 149));
}

TEST(Ade20k, WantsEveryPictureLabelled) {
  const SetFolder folder;
  folder.WritePicture("images/validation/a.jpg", 1, {0});
  folder.WritePicture("images/validation/b.jpg", 1, {0});
  folder.WriteLabels("annotations/validation/a.png", 1, {1});
  EXPECT_THAT(Problem(Open(DataSetKind::kAde20k, folder)),
              AllOf(HasSubstr("b.jpg"), HasSubstr("no label file of this name")));
}

TEST(PascalContext, ReadsTheDistributedJson) {
  const SetFolder folder;
  folder.WritePicture("VOC2010/JPEGImages/2008_000002.jpg", 3, {0, 0, 0, 0, 0, 0});
  folder.WritePicture("VOC2010/JPEGImages/2008_000003.jpg", 1, {0});
  const std::string counts = EncodeRle(LabelMap{3, 2, {1, 1, 1, 0, 0, 0}}, 2)[1].counts;
  const std::string all = EncodeRle(LabelMap{3, 2, {1, 1, 1, 1, 1, 1}}, 2)[1].counts;
  const std::string corner = EncodeRle(LabelMap{3, 2, {0, 0, 1, 0, 0, 0}}, 2)[1].counts;
  const auto segment = [](int category, const std::string& runs) {
    return R"({"image_id": 2, "category_id": )" + std::to_string(category) +
           R"(, "segmentation": {"counts": ")" + runs + R"(", "size": [2, 3]}, "iscrowd": 0})";
  };
  folder.WriteFile(
      "VOC2010/trainval_merged.json",
      R"({"info": {"images": [1, {"phase": "val"}]}, "annos_segmentation": [)" + segment(400, all) + ", " +
          segment(2, counts) + ", " + segment(458, corner) +
          R"(], "images": [{"image_id": 2, "phase": "val", "file_name": "2008_000002.jpg", "height": 2,
                       "width": 3}, {"image_id": 3, "phase": "train", "file_name": "2008_000003.jpg", "height": 1,
                       "width": 1}]})");
  const auto set = Open(DataSetKind::kPascalContext, folder);
  EXPECT_THAT(Truth(set), ElementsAre(0, 0, 58, kNone, kNone, kNone));
  EXPECT_EQ(set->pictures.size(), 1u);
  ASSERT_EQ(set->class_names.size(), 59u);
  EXPECT_EQ(set->class_names[58], "wood");
}

TEST(PascalContext, RefusesABrokenJson) {
  const SetFolder folder;
  folder.WritePicture("JPEGImages/a.jpg", 1, {0});
  folder.WriteFile("trainval_merged.json", R"({"images": [)");
  EXPECT_THAT(Problem(Open(DataSetKind::kPascalContext, folder)),
              AllOf(HasSubstr("trainval_merged.json"), HasSubstr("not valid JSON")));
  folder.WriteFile("trainval_merged.json", std::string(1000, '['));
  EXPECT_THAT(Problem(Open(DataSetKind::kPascalContext, folder)), HasSubstr("nested too deeply"));
  folder.WriteFile("trainval_merged.json", R"({"images": []})");
  EXPECT_THAT(Problem(Open(DataSetKind::kPascalContext, folder)), HasSubstr("no picture whose \"phase\""));
}

TEST(PascalContext, ReadsPreparedAndConvertedMaps) {
  const SetFolder folder;
  folder.WritePicture("VOC2010/JPEGImages/a.jpg", 3, {0, 0, 0});
  folder.WritePicture("VOC2010/JPEGImages/unlabelled.jpg", 1, {0});
  folder.WriteLabels("VOC2010/SegmentationClassContext/a.png", 3, {0, 1, 59});
  folder.WriteFile("VOC2010/ImageSets/SegmentationContext/val.txt", "a\n");
  EXPECT_THAT(Truth(Open(DataSetKind::kPascalContext, folder)), ElementsAre(kNone, 0, 58));
  folder.WriteLabels("VOC2010/annotations_detectron2/pc59_val/a.png", 3, {255, 0, 58});
  EXPECT_THAT(Truth(Open(DataSetKind::kPascalContext, folder)), ElementsAre(kNone, 0, 58));
}

TEST(Cityscapes, TranslatesOfficialIdentifiers) {
  const SetFolder folder;
  const std::string picture = "leftImg8bit/val/ulm/ulm_000000_000019_leftImg8bit.png";
  const std::string labels = "gtFine/val/ulm/ulm_000000_000019_gtFine_";
  folder.WritePicture(picture, 5, {0, 0, 0, 0, 0});
  folder.WriteLabels(labels + "labelIds.png", 5, {7, 33, 0, 9, 11});
  folder.WriteLabels(labels + "instanceIds.png", 5, {7, 33001, 0, 9, 11});
  auto set = Open(DataSetKind::kCityscapes, folder);
  EXPECT_THAT(Truth(set), ElementsAre(0, 18, kNone, kNone, 2));
  EXPECT_EQ(set->class_names.size(), 19u);
  EXPECT_THAT(set->pictures[0].instances_path, EndsWith("instanceIds.png"));
  const auto instances = ReadValuePng(set->pictures[0].instances_path);
  ASSERT_TRUE(instances.ok()) << instances.status();
  EXPECT_EQ(instances->values[1], 33001u);

  folder.WriteLabels(labels + "labelTrainIds.png", 5, {0, 18, 255, 255, 2});
  EXPECT_THAT(Truth(Open(DataSetKind::kCityscapes, folder)), ElementsAre(0, 18, kNone, kNone, 2));
}

TEST(Voc, ReadsPalettesAsNumbers) {
  const SetFolder folder;
  folder.WritePicture("VOC2012/JPEGImages/a.jpg", 4, {0, 0, 0, 0});
  folder.WritePicture("VOC2012/JPEGImages/b.jpg", 1, {0});
  folder.WriteFile("VOC2012/SegmentationClass/a.png", PalettePng(4, {0, 1, 20, 255}));
  folder.WriteFile("VOC2012/SegmentationClass/b.png", PalettePng(1, {0}));
  folder.WriteFile("VOC2012/SegmentationObject/a.png", PalettePng(4, {0, 1, 2, 255}));
  folder.WriteFile("VOC2012/ImageSets/Segmentation/val.txt", "a\n");
  const auto without = Open(DataSetKind::kVoc20, folder);
  EXPECT_THAT(Truth(without), ElementsAre(kNone, 0, 19, kNone));
  EXPECT_EQ(without->LabelNames().size(), 20u);
  EXPECT_EQ(without->pictures.size(), 1u);
  EXPECT_THAT(without->pictures[0].instances_path, EndsWith("SegmentationObject/a.png"));
  const auto with = Open(DataSetKind::kVoc21, folder);
  EXPECT_THAT(Truth(with), ElementsAre(20, 0, 19, kNone));
  EXPECT_EQ(with->class_names.size(), 20u);
  EXPECT_EQ(with->LabelNames().back(), "background");
}

TEST(Voc, ReadsPreparedMaps) {
  const SetFolder folder;
  folder.WritePicture("JPEGImages/a.jpg", 3, {0, 0, 0});
  folder.WriteLabels("annotations_detectron2/val/a.png", 3, {255, 0, 19});
  folder.WriteLabels("annotations_detectron2_bg/val/a.png", 3, {20, 0, 19});
  EXPECT_THAT(Truth(Open(DataSetKind::kVoc20, folder)), ElementsAre(kNone, 0, 19));
  EXPECT_THAT(Truth(Open(DataSetKind::kVoc21, folder)), ElementsAre(20, 0, 19));
}

TEST(Voc, NamesWhatIsMissing) {
  const SetFolder folder;
  folder.WritePicture("JPEGImages/a.jpg", 1, {0});
  EXPECT_THAT(Problem(Open(DataSetKind::kVoc20, folder)), HasSubstr("SegmentationClass"));
  folder.WriteLabels("SegmentationClass/b.png", 1, {1});
  folder.WriteFile("ImageSets/Segmentation/val.txt", "b\nc\n");
  EXPECT_THAT(Problem(Open(DataSetKind::kVoc20, folder)), HasSubstr("no label file of c"));
  folder.WriteFile("ImageSets/Segmentation/val.txt", "b\n");
  EXPECT_THAT(Problem(Open(DataSetKind::kVoc20, folder)), AllOf(HasSubstr("b.png"), HasSubstr("no picture")));
}

// One picture with the label values 0, 1, 300 and 9.
class FolderTest : public ::testing::Test {
 protected:
  FolderTest() {
    folder_.WritePicture("images/sub/a.JPG", 4, {0, 0, 0, 0});
    folder_.WriteLabels("labels/sub/a.png", 4, {0, 1, 300, 9});
    choice_.root = folder_.path();
    choice_.ignored_values = {9};
  }

  SetFolder folder_;
  DataSetChoice choice_;
};

TEST_F(FolderTest, TakesAnObjectOfNames) {
  folder_.WriteFile("names.json", R"({"300": "sky", "1": "road, street", "0": "none", "9": "unlabelled"})");
  EXPECT_THAT(Truth(OpenDataSet(choice_)), ElementsAre(0, 1, 2, kNone));
  choice_.background_value = 0;
  const auto set = OpenDataSet(choice_);
  EXPECT_THAT(Truth(set), ElementsAre(2, 0, 1, kNone));
  EXPECT_THAT(set->class_names, ElementsAre("road, street", "sky"));
  EXPECT_TRUE(set->has_background);
}

TEST_F(FolderTest, TakesListsOfNames) {
  folder_.WriteLabels("labels/sub/a.png", 4, {0, 1, 1, 9});
  folder_.WriteFile("names.txt", "# two\nroad\nsky\n");
  EXPECT_THAT(Truth(OpenDataSet(choice_)), ElementsAre(0, 1, 1, kNone));
  choice_.names_file = folder_ / "other.json";
  folder_.WriteFile("other.json", R"(["road", "sky"])");
  EXPECT_THAT(OpenDataSet(choice_)->class_names, ElementsAre("road", "sky"));
}

TEST_F(FolderTest, RefusesUnknownValues) {
  folder_.WriteFile("names.txt", "road\nsky\n");
  const auto set = OpenDataSet(choice_);
  ASSERT_TRUE(set.ok()) << set.status();
  const std::string problem(set->ReadTruth(set->pictures[0]).status().message());
  EXPECT_THAT(problem, AllOf(HasSubstr("labels/sub/a.png"), HasSubstr("value 300 at x 2, y 0")));
}

TEST_F(FolderTest, RefusesWhatIsNotClear) {
  EXPECT_THAT(Problem(OpenDataSet(choice_)), HasSubstr("no names.txt"));
  folder_.WriteFile("names.txt", "road\n");
  folder_.WriteFile("names.json", R"(["road"])");
  EXPECT_THAT(Problem(OpenDataSet(choice_)), HasSubstr("names.txt and names.json"));
  choice_.names_file = folder_ / "names.json";
  folder_.WriteFile("masks/sub/a.png", "");
  EXPECT_THAT(Problem(OpenDataSet(choice_)), HasSubstr("labels/ and masks/"));
}

TEST_F(FolderTest, RefusesFaultyNames) {
  const auto problem = [&](const std::string& names) {
    folder_.WriteFile("names.json", names);
    return Problem(OpenDataSet(choice_));
  };
  EXPECT_THAT(problem(R"({"sky": "0"})"), HasSubstr("\"sky\" is no label value"));
  EXPECT_THAT(problem(R"({"65536": "sky"})"), HasSubstr("no label value"));
  EXPECT_THAT(problem(R"({"1": "sky", "01": "sea"})"), HasSubstr("names 1 twice"));
  EXPECT_THAT(problem(R"([3])"), HasSubstr("the name of 0 is no text"));
  EXPECT_THAT(problem(R"({)"), HasSubstr("not valid JSON"));
  EXPECT_THAT(problem(R"({"9": "unlabelled"})"), HasSubstr("names 0 classes"));
  choice_.background_value = 9;
  EXPECT_THAT(problem(R"(["sky"])"), HasSubstr("value 9 is ignored and the background"));
}

TEST(ParseDataSetChoice, TakesKindAndFolder) {
  const auto choice = ParseDataSetChoice("voc21=/data/a=b");
  ASSERT_TRUE(choice.ok()) << choice.status();
  EXPECT_EQ(choice->kind, DataSetKind::kVoc21);
  EXPECT_EQ(choice->root, "/data/a=b");
  for (const char* text : {"voc21", "voc21=", "voc=/data", "=/data", ""}) {
    EXPECT_THAT(std::string(ParseDataSetChoice(text).status().message()), HasSubstr("coco-stuff, ade20k"))
        << text;
  }
}

TEST(OpenDataSet, RefusesAMissingFolder) {
  EXPECT_THAT(Problem(OpenDataSet(*ParseDataSetChoice("ade20k=/nowhere"))), StartsWith("/nowhere"));
}

}  // namespace
}  // namespace pixelclip
