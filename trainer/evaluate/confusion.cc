#include "trainer/evaluate/confusion.h"

#include <algorithm>
#include <utility>

namespace pixelclip {
namespace {

double Percent(int64_t part, int64_t whole) {
  return whole > 0 ? 100.0 * static_cast<double>(part) / static_cast<double>(whole) : 0;
}

}  // namespace

Confusion::Confusion(int classes)
    : classes_(classes), counts_(static_cast<size_t>(classes) * (classes + 1)) {}

void Confusion::Add(uint16_t truth, uint16_t prediction) {
  if (truth == kIgnoredClass) return;
  ++counts_[index(truth, std::min<int>(prediction, classes_))];
}

void Confusion::Add(const std::vector<uint16_t>& truth, const std::vector<uint16_t>& prediction) {
  for (size_t i = 0; i < truth.size(); ++i) Add(truth[i], prediction[i]);
}

void Confusion::SetCounts(std::vector<int64_t> counts) { counts_ = std::move(counts); }

std::vector<ClassScore> Confusion::PerClass() const {
  std::vector<ClassScore> scores(classes_);
  for (int truth = 0; truth < classes_; ++truth) {
    for (int prediction = 0; prediction < columns(); ++prediction) {
      scores[truth].truth += at(truth, prediction);
      if (prediction < classes_) scores[prediction].predicted += at(truth, prediction);
    }
  }
  for (int k = 0; k < classes_; ++k) {
    ClassScore& score = scores[k];
    if (score.truth == 0) continue;
    const int64_t hits = at(k, k);
    score.iou = Percent(hits, score.truth + score.predicted - hits);
    score.accuracy = Percent(hits, score.truth);
  }
  return scores;
}

Scores Confusion::Summarise(const std::vector<bool>& counted) const {
  const std::vector<ClassScore> per_class = PerClass();
  Scores scores;
  int64_t hits = 0, total = 0;
  double weighted_iou = 0;
  for (int k = 0; k < classes_; ++k) {
    const ClassScore& score = per_class[k];
    if (!score.iou) continue;
    hits += at(k, k);
    total += score.truth;
    weighted_iou += *score.iou * static_cast<double>(score.truth);
    if (!counted[k]) continue;
    ++scores.classes;
    scores.mean_iou += *score.iou;
    scores.mean_accuracy += *score.accuracy;
  }
  if (scores.classes > 0) {
    scores.mean_iou /= scores.classes;
    scores.mean_accuracy /= scores.classes;
  }
  scores.pixel_accuracy = Percent(hits, total);
  if (total > 0) scores.frequency_weighted_iou = weighted_iou / static_cast<double>(total);
  return scores;
}

}  // namespace pixelclip
