#ifndef PIXELCLIP_CORE_EMBEDDED_VOCABULARY_H_
#define PIXELCLIP_CORE_EMBEDDED_VOCABULARY_H_

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
  // Unit rows: one for each class, then one for each of the background's words.
  TextFeatures embeddings;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_EMBEDDED_VOCABULARY_H_
