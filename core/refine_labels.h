#ifndef PIXELCLIP_CORE_REFINE_LABELS_H_
#define PIXELCLIP_CORE_REFINE_LABELS_H_

#include <cstdint>
#include <vector>

#include "core/image/image.h"
#include "core/label_rule.h"
#include "core/score_grid.h"

namespace pixelclip {

inline constexpr int kMaxRefineSteps = 50;

// Pixels at which labels are refined: 512 x 512.
inline constexpr int64_t kMaxGuidePixels = int64_t{1} << 18;
// Labels in the picture times pixels: with more than 32 labels, there are fewer pixels.
inline constexpr int64_t kMaxRefinedValues = int64_t{1} << 23;

// A picture as RefineScores looks at it: resized to kMaxGuidePixels if it has more. Takes time, but for
// RefineScores nothing more of the picture is needed.
Image MakeRefinementGuide(const Image& picture);

struct RefinedScores {
  std::vector<uint16_t> labels;  // those that have pixels, ascending
  ScoreGrid scores;              // candidate k is labels[k]; 0 to 1
};

// Draws labels to the picture's edges: pixel-adaptive mask refinement (PAMR: Araslanov & Roth 2020). Each
// label that some pixel has becomes a mask: the softmax of those labels' scores, or 1 for the background
// where a pixel is background. In each step a pixel takes the mean of its neighbours, eight each at distances
// of 1, 2, 4, 8, 12 and 24 pixels, weighted by how like its own their colours are, measured in the standard
// deviation around it.
//
// `guide`: the picture that the scores are of, as MakeRefinementGuide returns it. Memory: 4 *
// kMaxRefinedValues bytes at most, and 220 for each pixel of the guide. REQUIRES: steps >= 1. Thread-safe.
RefinedScores RefineScores(const ScoreGrid& scores, const LabelRule& rule, const Image& guide, int steps);

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_REFINE_LABELS_H_
