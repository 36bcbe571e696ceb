#ifndef PIXELCLIP_TRAINER_FIGURES_PROMPT_MASKS_H_
#define PIXELCLIP_TRAINER_FIGURES_PROMPT_MASKS_H_

#include <string>
#include <vector>

#include "core/features.h"
#include "core/image/image.h"

namespace pixelclip {

// The class name that a prompt is nearest to.
struct NearestName {
  std::string name;
  double cosine = 0;
};

// One for each prompt. REQUIRES: as many names as classes, at least one; features of one width.
std::vector<NearestName> FindNearestNames(const TextFeatures& prompts, const TextFeatures& classes,
                                          const std::vector<std::string>& names);

// A picture in which every pixel has the index of the prompt that it is most like.
struct PromptedPicture {
  Image photo;
  LabelMap prompts;
};

// The pictures in a row, and below them a row for each of the `max_prompts` prompts that cover most of all
// pictures together: its number, nearest name and cosine, and the pictures with all but its pixels faded.
// REQUIRES: names[i] for each prompt i of any picture. Thread-safe.
Image DrawPromptMasks(const std::vector<PromptedPicture>& pictures, const std::vector<NearestName>& names,
                      int max_prompts, const std::string& caption);

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_FIGURES_PROMPT_MASKS_H_
