#ifndef PIXELCLIP_CORE_LABEL_PICTURE_H_
#define PIXELCLIP_CORE_LABEL_PICTURE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/embedded_vocabulary.h"
#include "core/score_grid.h"
#include "core/segmentation.h"

namespace pixelclip {

// Which per-pixel outputs to compute beside the label map and the summary, and how the labels are made.
struct ClassifyOptions {
  bool best_scores = false;
  std::vector<std::string> score_maps;  // names of classes
  // Steps of drawing the labels to the picture's edges (core/refine_labels.h), at most kMaxRefineSteps; 0:
  // none.
  int refine_steps = 0;
};

// The indices of the classes named in options.score_maps. INVALID_ARGUMENT at outputs.score_maps[i] for a
// name that is no class. LabelPicture asks it too; ask early where an encoder's run can be saved.
absl::StatusOr<std::vector<int>> FindScoreMapClasses(const ClassifyOptions& options,
                                                     const std::vector<std::string>& class_names);

// Labels a picture of width x height pixels from its scores, whose candidates are the rows of the
// vocabulary's embeddings; applies the background; sums up. Plain code without LibTorch: call it from any
// thread. Errors are those of FindScoreMapClasses. REQUIRES: `guide`, what MakeRefinementGuide makes of the
// picture, if options.refine_steps > 0.
absl::StatusOr<Segmentation> LabelPicture(const ScoreGrid& scores, const EmbeddedVocabulary& vocabulary,
                                          int width, int height, const ClassifyOptions& options,
                                          const Image* guide = nullptr);

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_LABEL_PICTURE_H_
