#include "trainer/masks/annotation_file.h"

#include "tests/trainer/masks/mask_testing.h"

namespace pixelclip {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kSa1b[] = R"({"image": {"image_id": 7, "width": 4, "height": 2, "file_name": "sa_7.jpg"},
    "annotations": [
      {"bbox": [0, 0, 1.5, 1], "area": 3, "segmentation": {"size": [2, 4], "counts": "26"},
       "predicted_iou": 0.9, "point_coords": [[1.5, 2.5]], "id": 11},
      {"segmentation": {"counts": [1, 2, 5], "size": [2, 4]}, "iscrowd": 1}]})";

TEST(ParseAnnotations, ReadsSa1b) {
  const auto file = ParseAnnotations(kSa1b);
  ASSERT_TRUE(file.ok()) << file.status();
  ASSERT_EQ(file->annotations.size(), 2u);
  const StoredMask& first = file->annotations[0].segmentation;
  EXPECT_EQ(first.kind, StoredMask::Kind::kCounts);
  EXPECT_EQ(first.counts, "26");
  EXPECT_EQ(first.height, 2);
  EXPECT_EQ(first.width, 4);
  EXPECT_FALSE(file->annotations[0].is_crowd);
  const StoredMask& second = file->annotations[1].segmentation;
  EXPECT_EQ(second.kind, StoredMask::Kind::kLengths);
  EXPECT_THAT(second.lengths, ElementsAre(1, 2, 5));
  EXPECT_TRUE(file->annotations[1].is_crowd);
}

TEST(ParseAnnotations, ReadsTheListOfSegmentAnything) {
  const auto file = ParseAnnotations(R"([{"segmentation": {"size": [1, 1], "counts": "1"}, "area": 0},
                                         {"segmentation": {"size": [1, 1], "counts": "01"}}])");
  ASSERT_TRUE(file.ok()) << file.status();
  ASSERT_EQ(file->annotations.size(), 2u);
  EXPECT_EQ(file->annotations[1].picture_id, 1);
}

TEST(ParseAnnotations, ReadsCoco) {
  const auto file = ParseAnnotations(R"({"info": {"year": 2017}, "licenses": [],
      "annotations": [{"image_id": 42, "iscrowd": 0, "category_id": 3,
                       "segmentation": [[0, 0, 2.5, 0, 2, 2], [1, 1, 2, 2, 3, 1]]}],
      "images": [{"id": 42, "file_name": "a.jpg", "height": 3, "width": 5}, {"id": 43, "file_name": "b.jpg"}],
      "categories": [{"id": 3, "name": "car"}]})");
  ASSERT_TRUE(file.ok()) << file.status();
  ASSERT_EQ(file->pictures.size(), 2u);
  EXPECT_EQ(file->pictures[0].id, 42);
  EXPECT_EQ(file->pictures[0].file_name, "a.jpg");
  EXPECT_EQ(file->pictures[0].width, 5);
  EXPECT_EQ(file->pictures[0].height, 3);
  EXPECT_EQ(file->pictures[1].width, 0);
  ASSERT_EQ(file->annotations.size(), 1u);
  EXPECT_EQ(file->annotations[0].picture_id, 42);
  EXPECT_EQ(file->annotations[0].segmentation.kind, StoredMask::Kind::kPolygons);
  EXPECT_THAT(file->annotations[0].segmentation.polygons,
              ElementsAre(ElementsAre(0, 0, 2.5, 0, 2, 2), ElementsAre(1, 1, 2, 2, 3, 1)));
}

TEST(ParseAnnotations, ReadsAPlainList) {
  const auto file = ParseAnnotations(R"([{"file_name": "a.jpg", "segmentations": []},
      {"file_name": "b.jpg", "segmentations": [{"size": [1, 2], "counts": "2"}, [[0, 0, 1, 0, 1, 1]]]}])");
  ASSERT_TRUE(file.ok()) << file.status();
  ASSERT_EQ(file->pictures.size(), 2u);
  EXPECT_EQ(file->pictures[1].file_name, "b.jpg");
  ASSERT_EQ(file->annotations.size(), 2u);
  EXPECT_EQ(file->annotations[0].picture_id, 1);
  EXPECT_EQ(file->annotations[1].segmentation.kind, StoredMask::Kind::kPolygons);
}

TEST(ParseAnnotations, NamesThePlace) {
  const auto error = [](const std::string& json) { return ErrorOf(ParseAnnotations(json)); };
  EXPECT_EQ(error(""), "broken JSON at byte 1");
  EXPECT_THAT(error("{\"annotations\": ["), HasSubstr("broken JSON at byte"));
  EXPECT_EQ(error(R"({"annotations": [{}]})"), "annotation 0 has no segmentation");
  EXPECT_EQ(error(R"({"annotations": [{"segmentation": null}]})"), "annotations[0].segmentation is null");
  EXPECT_EQ(error(R"({"annotations": [{"segmentation": "55"}]})"), "annotations[0].segmentation is a string");
  EXPECT_EQ(error(R"({"annotations": [{"segmentation": {}}]})"), "annotations[0].segmentation has no counts");
  EXPECT_EQ(error(R"({"annotations": [{"segmentation": {"counts": "5"}}]})"),
            "annotations[0].segmentation has no size of two numbers");
  EXPECT_EQ(error(R"({"annotations": [{"segmentation": {"size": [1, 2, 3], "counts": "5"}}]})"),
            "annotations[0].segmentation has no size of two numbers");
  EXPECT_EQ(error(R"({"annotations": [{"segmentation": {"size": [1.5, 2], "counts": "5"}}]})"),
            "annotations[0].segmentation.size[0] is a fraction");
  EXPECT_EQ(error(R"({"annotations": [{"segmentation": {"size": [1, 2], "counts": [1, -1]}}]})"),
            "annotations[0].segmentation.counts[1] is -1, no run length");
  EXPECT_EQ(error(R"({"annotations": [{"segmentation": {"size": [18446744073709551615, 2]}}]})"),
            "annotations[0].segmentation.size[0] is a number beyond 63 bits");
  EXPECT_EQ(error(R"({"annotations": [{"segmentation": [1, 2, 3]}]})"),
            "annotations[0].segmentation[0] is a number");
  EXPECT_EQ(error(R"({"annotations": [{"segmentation": [[1, [2]]]}]})"),
            "annotations[0].segmentation[0][1] is a list");
  EXPECT_EQ(error(R"({"images": [{"id": "x"}]})"), "images[0].id is a string");
  EXPECT_EQ(error(R"([{"file_name": 5}])"), "[0].file_name is a number");
  EXPECT_EQ(error("[5]"), "[0] is a number");
  EXPECT_THAT(error(std::string(100000, '[')), HasSubstr("is a list"));
  EXPECT_THAT(error("{\"a\": " + std::string(100000, '[')), HasSubstr("nested deeper than 64 levels"));
}

TEST(ParseAnnotations, IsNotFooledByKeys) {
  // Keys that spell the path of a field must not be taken for it.
  for (const char* json : {R"({"annotations[].segmentation": {"size": [1, 1], "counts": "1"}})",
                           R"({"annotations[]": {"image_id": 5}})",
                           R"({"annotations": [{"segmentation.counts": "5", "segmentation": [[]]}]})",
                           R"({"[]": {"file_name": "a"}, "": [5], "images[].file_name": "b"})"}) {
    const auto file = ParseAnnotations(json);
    ASSERT_TRUE(file.ok()) << json << file.status();
    EXPECT_TRUE(file->pictures.empty()) << json;
  }
}

TEST(ParseAnnotations, LaterValuesReplaceEarlierOnes) {
  const auto file = ParseAnnotations(R"({"annotations": [{"segmentation": [[1, 2]],
      "segmentation": {"size": [9, 9], "size": [1, 2], "counts": [7], "counts": [2]}}]})");
  ASSERT_TRUE(file.ok()) << file.status();
  const StoredMask& segmentation = file->annotations[0].segmentation;
  EXPECT_EQ(segmentation.kind, StoredMask::Kind::kLengths);
  EXPECT_THAT(segmentation.lengths, ElementsAre(2));
  EXPECT_EQ(segmentation.height, 1);
  EXPECT_TRUE(segmentation.polygons.empty());
}

TEST(ParseAnnotations, SurvivesDamage) {
  std::mt19937 random(6);
  const std::string_view alphabet = "{}[]\",:0159.-\\x";
  for (int round = 0; round < 20000; ++round) {
    std::string json = kSa1b;
    for (int i = 1 + random() % 3; i > 0; --i) {
      const size_t at = random() % json.size();
      switch (random() % 3) {
        case 0:
          json[at] = alphabet[random() % alphabet.size()];
          break;
        case 1:
          json.erase(at, 1 + random() % 40);
          break;
        default:
          json.insert(at, json.substr(random() % json.size(), random() % 40));
      }
      if (json.empty()) json = "[";
    }
    const auto file = ParseAnnotations(json);
    if (file.ok()) {
      for (const auto& annotation : file->annotations) {
        ASSERT_NE(annotation.segmentation.kind, StoredMask::Kind::kNone);
      }
    }
  }
}

}  // namespace
}  // namespace pixelclip
