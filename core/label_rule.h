#ifndef PIXELCLIP_CORE_LABEL_RULE_H_
#define PIXELCLIP_CORE_LABEL_RULE_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "core/embedded_vocabulary.h"
#include "core/image/box.h"
#include "core/label_pixels.h"
#include "core/score_grid.h"

namespace pixelclip {

// From the rows of a vocabulary's embeddings to the labels of a picture: which synonym belongs to which
// class, and what is background. Copies what it needs of the vocabulary. Thread-safe.
class LabelRule {
 public:
  explicit LabelRule(const EmbeddedVocabulary& vocabulary);

  // The number of labels, the background's included. That one is the last.
  int count() const { return background_label_ + (has_background_ ? 1 : 0); }
  uint16_t background_label() const { return background_label_; }

  // As pixelclip::LabelRows, with labels in place of rows. Where a threshold of probabilities is set, the
  // logarithm of softmax's denominator is taken at the grid's points and upsampled as scores are.
  void LabelRows(const ScoreGrid& scores, int width, int height, const Box& part,
                 const TakeLabels& take) const;

  // A class's scores in `part`, [part.height, part.width]: those of its best synonym at each pixel.
  std::vector<float> ClassScores(const ScoreGrid& scores, int label, int width, int height,
                                 const Box& part) const;

 private:
  const std::vector<uint16_t> row_labels_;  // empty: see EmbeddedVocabulary
  const uint16_t background_label_;
  const bool has_background_;
  const float threshold_;
  const std::optional<float> softmax_scale_;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_LABEL_RULE_H_
