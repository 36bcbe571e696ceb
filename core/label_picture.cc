#include "core/label_picture.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/class_summary.h"
#include "core/field_error.h"
#include "core/label_pixels.h"

namespace pixelclip {
namespace {

// Turns what lost to the background into the background's label, which follows the last class's.
void ApplyBackground(const Background& background, int num_classes, PixelLabels* pixels) {
  const auto label = static_cast<uint16_t>(num_classes);
  const float threshold = background.score_threshold.value_or(-2);  // below every cosine
  for (size_t i = 0; i < pixels->scores.size(); ++i) {
    if (pixels->labels.labels[i] >= label || pixels->scores[i] < threshold) pixels->labels.labels[i] = label;
  }
}

ScoreMap MakeScoreMap(std::string name, const std::vector<float>& scores, int width, int height) {
  const auto [lowest, highest] = std::minmax_element(scores.begin(), scores.end());
  ScoreMap map{std::move(name), *lowest, *highest, {width, height, std::vector<uint8_t>(scores.size())}};
  const float scale = *highest > *lowest ? 255 / (*highest - *lowest) : 0;
  std::transform(scores.begin(), scores.end(), map.values.pixels.begin(), [&](float score) {
    return static_cast<uint8_t>(std::lround((score - map.min_score) * scale));
  });
  return map;
}

}  // namespace

absl::StatusOr<Segmentation> LabelPicture(const ScoreGrid& scores, const EmbeddedVocabulary& vocabulary,
                                          int width, int height, const ClassifyOptions& options) {
  const std::vector<std::string>& names = vocabulary.class_names;
  std::vector<int> mapped_classes;
  for (size_t i = 0; i < options.score_maps.size(); ++i) {
    const auto found = std::find(names.begin(), names.end(), options.score_maps[i]);
    if (found == names.end()) {
      return FieldError(absl::StrCat("outputs.score_maps[", i, "]"),
                        absl::StrCat("\"", options.score_maps[i], "\" is not a name in vocabulary.classes"));
    }
    mapped_classes.push_back(static_cast<int>(found - names.begin()));
  }

  PixelLabels pixels = LabelPixels(scores, width, height);
  std::vector<std::string> label_names = names;
  if (vocabulary.background) {
    ApplyBackground(*vocabulary.background, static_cast<int>(names.size()), &pixels);
    label_names.push_back(vocabulary.background->name);
  }
  Segmentation result;
  result.classes = SummarizeClasses(pixels.labels, pixels.scores, label_names);
  if (vocabulary.background) result.classes.back().is_background = true;
  result.labels = std::move(pixels.labels);
  if (options.best_scores) result.best_scores = MakeScoreMap("", pixels.scores, width, height);
  for (const int index : mapped_classes) {
    result.score_maps.push_back(
        MakeScoreMap(names[index], UpsampleScores(scores, index, width, height), width, height));
  }
  return result;
}

}  // namespace pixelclip
