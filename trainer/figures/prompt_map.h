#ifndef PIXELCLIP_TRAINER_FIGURES_PROMPT_MAP_H_
#define PIXELCLIP_TRAINER_FIGURES_PROMPT_MAP_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/features.h"
#include "core/image/image.h"

namespace pixelclip {

struct PromptMap {
  TextFeatures prompts;            // the learned prompts' embeddings
  TextFeatures classes;            // those of the names
  std::vector<std::string> names;  // one for each class
  std::string caption;
  uint64_t seed = 0;  // of t-SNE
};

// A map of the joint space by t-SNE of cosine distances: prompts as numbered orange discs, names of classes
// beside small blue diamonds; no two labels overlap, and the caption counts the names that found no room.
// INVALID_ARGUMENT for features of different widths or without prompts or names, and as of Tsne.
absl::StatusOr<Image> DrawPromptMap(const PromptMap& map);

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_FIGURES_PROMPT_MAP_H_
