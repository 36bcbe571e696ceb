#include "cli/json_output.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/image/rle.h"

namespace pixelclip {
namespace {

using nlohmann::json;

// 3 x 2 pixels: the left column is dog, the rest sky; there is no cat.
SegmentAnswer Answer() {
  SegmentAnswer answer;
  answer.segmentation.labels = {3, 2, {0, 2, 2, 0, 2, 2}};
  answer.segmentation.classes = {{"dog", 0, false, 2, 1.0 / 3, 0.25, {0, 0, 1, 2}},
                                 {"cat", 1, false, 0, 0, 0, {}},
                                 {"sky", 2, true, 4, 2.0 / 3, 0.125, {1, 0, 2, 2}}};
  answer.segmentation.best_scores = ScoreMap{"", 0.125f, 0.5f, {3, 2, {1, 2, 3, 4, 5, 6}}};
  answer.model = "mini";
  answer.version = "0123456789ab";
  answer.stage_seconds = {{"decode", 0.5}, {"total", 2}};
  return answer;
}

TEST(AnswerToJson, TellsEverything) {
  const std::string line = AnswerToJson("a.jpg", Answer(), {"overlay.png", "", "best.png", ""});
  EXPECT_EQ(line.find('\n'), std::string::npos);
  EXPECT_EQ(json::parse(line), json::parse(R"({
    "image": "a.jpg", "width": 3, "height": 2,
    "model": {"name": "mini", "version": "0123456789ab"},
    "classes": [
      {"label": 0, "name": "dog", "is_background": false, "pixels": 2, "share": 0.3333333333333333,
       "mean_score": 0.25, "box": {"x": 0, "y": 0, "width": 1, "height": 2}},
      {"label": 1, "name": "cat", "is_background": false, "pixels": 0, "share": 0.0, "mean_score": 0.0, "box": null},
      {"label": 2, "name": "sky", "is_background": true, "pixels": 4, "share": 0.6666666666666666,
       "mean_score": 0.125, "box": {"x": 1, "y": 0, "width": 2, "height": 2}}],
    "best_scores": {"min_score": 0.125, "max_score": 0.5},
    "seconds": {"decode": 0.5, "total": 2.0},
    "files": {"overlay": "overlay.png", "scores": "best.png"}
  })"));
}

TEST(AnswerToJson, SurvivesNamesThatAreNotUtf8) {
  EXPECT_EQ(json::parse(AnswerToJson("\xff.jpg", Answer(), {}))["image"], "\uFFFD.jpg");
}

TEST(ErrorToJson, NamesThePicture) {
  EXPECT_EQ(json::parse(ErrorToJson("a.jpg", absl::InvalidArgumentError("image.encoded: broken"))),
            json::parse(R"({"image": "a.jpg", "error": "image.encoded: broken"})"));
}

TEST(SegmentationToCoco, HoldsOneMaskForEachClassWithPixels) {
  const json coco = json::parse(SegmentationToCoco("a.jpg", Answer().segmentation));
  EXPECT_EQ(coco["images"], json::parse(R"([{"id": 1, "file_name": "a.jpg", "width": 3, "height": 2}])"));
  EXPECT_EQ(coco["categories"].size(), 3);
  ASSERT_EQ(coco["annotations"].size(), 2);
  EXPECT_EQ(coco["annotations"][0], json::parse(R"({
    "id": 1, "image_id": 1, "category_id": 0, "category_name": "dog",
    "segmentation": {"size": [2, 3], "counts": "024"},
    "area": 2, "bbox": [0, 0, 1, 2], "score": 0.25, "iscrowd": 0
  })"));
  EXPECT_EQ(coco["annotations"][1]["category_name"], "sky");
  EXPECT_EQ(coco["annotations"][1]["bbox"], json::parse("[1, 0, 2, 2]"));
}

TEST(SegmentationToCoco, CanBeDecodedAgain) {
  const Segmentation segmentation = Answer().segmentation;
  std::vector<RleMask> masks;
  const json coco = json::parse(SegmentationToCoco("-", segmentation));
  for (const json& annotation : coco["annotations"]) {
    const json& mask = annotation["segmentation"];
    masks.push_back({mask["size"][0], mask["size"][1], mask["counts"], annotation["category_id"]});
  }
  const auto labels = DecodeRle(masks);
  ASSERT_TRUE(labels.ok()) << labels.status();
  EXPECT_EQ(labels->labels, segmentation.labels.labels);
}

}  // namespace
}  // namespace pixelclip
