#include "core/label_rule.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace pixelclip {
namespace {

constexpr float kNoThreshold = -2;  // below every cosine

// The logarithm of the sum of exp(scale * score) over all candidates, at each point of the grid.
ScoreGrid LogSums(const ScoreGrid& scores, float scale) {
  ScoreGrid sums{scores.height, scores.width, 1, {}};
  sums.values.reserve(size_t{1} * scores.height * scores.width);
  for (auto point = scores.values.begin(); point != scores.values.end(); point += scores.candidates) {
    const float highest = *std::max_element(point, point + scores.candidates);
    double sum = 0;
    for (auto score = point; score != point + scores.candidates; ++score) {
      sum += std::exp(scale * (*score - highest));
    }
    sums.values.push_back(scale * highest + static_cast<float>(std::log(sum)));
  }
  return sums;
}

}  // namespace

LabelRule::LabelRule(const EmbeddedVocabulary& vocabulary)
    : row_labels_(vocabulary.row_labels),
      background_label_(static_cast<uint16_t>(vocabulary.class_names.size())),
      has_background_(vocabulary.background.has_value()),
      threshold_(has_background_ ? vocabulary.background->score_threshold.value_or(kNoThreshold)
                                 : kNoThreshold),
      softmax_scale_(has_background_ ? vocabulary.background->softmax_scale : std::nullopt) {}

void LabelRule::LabelRows(const ScoreGrid& scores, int width, int height, const Box& part,
                          const TakeLabels& take) const {
  std::vector<uint16_t> labels(part.width);
  const auto label = [&](const uint16_t* rows, const auto& is_too_low) {
    for (int i = 0; i < part.width; ++i) {
      const uint16_t of_row =
          row_labels_.empty() ? std::min(rows[i], background_label_) : row_labels_[rows[i]];
      labels[i] = is_too_low(i) ? background_label_ : of_row;
    }
  };
  if (!softmax_scale_) {
    pixelclip::LabelRows(scores, width, height, part, [&](int y, const uint16_t* rows, const float* best) {
      label(rows, [&](int i) { return best[i] < threshold_; });
      take(y, labels.data(), best);
    });
    return;
  }
  const ScoreGrid log_sums = LogSums(scores, *softmax_scale_);
  pixelclip::LabelRows(scores, width, height, part, [&](int y, const uint16_t* rows, const float* best) {
    const std::vector<float> sums = UpsampleScores(log_sums, 0, width, height, {part.x, y, part.width, 1});
    label(rows, [&](int i) { return std::exp(*softmax_scale_ * best[i] - sums[i]) < threshold_; });
    take(y, labels.data(), best);
  });
}

std::vector<float> LabelRule::ClassScores(const ScoreGrid& scores, int label, int width, int height,
                                          const Box& part) const {
  if (row_labels_.empty()) return UpsampleScores(scores, label, width, height, part);
  const auto [begin, end] = std::equal_range(row_labels_.begin(), row_labels_.end(), label);
  std::vector<float> best;
  for (auto row = begin; row != end; ++row) {
    std::vector<float> of_row =
        UpsampleScores(scores, static_cast<int>(row - row_labels_.begin()), width, height, part);
    if (best.empty()) {
      best = std::move(of_row);
    } else {
      std::transform(best.begin(), best.end(), of_row.begin(), best.begin(),
                     [](float a, float b) { return std::max(a, b); });
    }
  }
  return best;
}

}  // namespace pixelclip
