#include "cli/json_output.h"

#include <nlohmann/json.hpp>
#include <vector>

#include "core/image/rle.h"

namespace pixelclip {
namespace {

using Json = nlohmann::ordered_json;

// File names and words need not be UTF-8, which JSON has to be.
std::string Dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

Json ClassToJson(const ClassSummary& summary) {
  const BoundingBox& box = summary.box;
  Json json = {{"label", summary.label},
               {"name", summary.name},
               {"is_background", summary.is_background},
               {"pixels", summary.pixels},
               {"share", summary.share},
               {"mean_score", summary.mean_score},
               {"box", nullptr}};
  if (summary.pixels > 0)
    json["box"] = {{"x", box.x}, {"y", box.y}, {"width", box.width}, {"height", box.height}};
  return json;
}

}  // namespace

std::string AnswerToJson(const std::string& picture, const SegmentAnswer& answer, const OutputFiles& files) {
  const Segmentation& segmentation = answer.segmentation;
  Json json = {{"image", picture},
               {"width", segmentation.labels.width},
               {"height", segmentation.labels.height},
               {"model", {{"name", answer.model}, {"version", answer.version}}},
               {"classes", Json::array()}};
  for (const ClassSummary& summary : segmentation.classes) json["classes"].push_back(ClassToJson(summary));
  if (const auto& scores = segmentation.best_scores) {
    json["best_scores"] = {{"min_score", scores->min_score}, {"max_score", scores->max_score}};
  }
  json["seconds"] = Json::object();
  for (const auto& [stage, seconds] : answer.stage_seconds) json["seconds"][stage] = seconds;
  json["files"] = Json::object();
  if (!files.overlay.empty()) json["files"]["overlay"] = files.overlay;
  if (!files.labels.empty()) json["files"]["labels"] = files.labels;
  if (!files.scores.empty()) json["files"]["scores"] = files.scores;
  if (!files.rle.empty()) json["files"]["rle"] = files.rle;
  return Dump(json);
}

std::string ErrorToJson(const std::string& picture, const absl::Status& error) {
  return Dump({{"image", picture}, {"error", std::string(error.message())}});
}

std::string SegmentationToCoco(const std::string& picture, const Segmentation& segmentation) {
  constexpr int kImageId = 1;
  const LabelMap& labels = segmentation.labels;
  Json json = {
      {"images",
       {{{"id", kImageId}, {"file_name", picture}, {"width", labels.width}, {"height", labels.height}}}},
      {"categories", Json::array()},
      {"annotations", Json::array()}};
  const std::vector<RleMask> masks = EncodeRle(labels, static_cast<int>(segmentation.classes.size()));
  for (size_t i = 0; i < segmentation.classes.size(); ++i) {
    const ClassSummary& summary = segmentation.classes[i];
    const BoundingBox& box = summary.box;
    json["categories"].push_back({{"id", summary.label}, {"name", summary.name}});
    if (summary.pixels == 0) continue;
    json["annotations"].push_back(
        {{"id", i + 1},  // pycocotools takes 0 for "none"
         {"image_id", kImageId},
         {"category_id", summary.label},
         {"category_name", summary.name},
         {"segmentation", {{"size", {labels.height, labels.width}}, {"counts", masks[i].counts}}},
         {"area", summary.pixels},
         {"bbox", {box.x, box.y, box.width, box.height}},
         {"score", summary.mean_score},
         {"iscrowd", 0}});
  }
  return Dump(json) + "\n";
}

}  // namespace pixelclip
