#ifndef PIXELCLIP_CORE_EMBEDDED_VOCABULARY_H_
#define PIXELCLIP_CORE_EMBEDDED_VOCABULARY_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/features.h"
#include "core/text/vocabulary.h"

namespace pixelclip {

// A vocabulary in the joint space, ready to classify any number of pictures.
struct EmbeddedVocabulary {
  std::vector<std::string> class_names;
  std::optional<Background> background;
  // Unit rows: one for each class, then one for each of the background's words; or one for each synonym of
  // those, where synonyms compete.
  TextFeatures embeddings;
  // The label of a pixel that a row wins, ascending: an index into class_names, or class_names.size() for the
  // background. Empty: row i has the label i, and all rows behind the classes are the background.
  std::vector<uint16_t> row_labels = {};

  uint16_t LabelOfRow(size_t row) const {
    return row_labels.empty() ? static_cast<uint16_t>(std::min(row, class_names.size())) : row_labels[row];
  }
};

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_EMBEDDED_VOCABULARY_H_
