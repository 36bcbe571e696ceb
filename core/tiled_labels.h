#ifndef PIXELCLIP_CORE_TILED_LABELS_H_
#define PIXELCLIP_CORE_TILED_LABELS_H_

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/class_summary.h"
#include "core/embedded_vocabulary.h"
#include "core/label_picture.h"
#include "core/label_rule.h"
#include "core/score_grid.h"
#include "core/segmentation.h"
#include "core/tiled_score_map.h"
#include "core/tiling.h"

namespace pixelclip {

// Puts one picture's segmentation together from its tiles' scores. Plain code without LibTorch.
//
// Memory, in bytes: two for each pixel and one more for each score map; while a tile is added, four for each
// pixel of its core if there are score maps, else a few rows; and what RefineScores takes.
//
// AddTile may be called from several threads at once, for different tiles and in any order; the result
// depends on neither.
class TiledLabels {
 public:
  // For a picture of width x height pixels, each at least 1, and what `options` asks for. Errors are those of
  // FindScoreMapClasses. Keeps the vocabulary's names, not its embeddings.
  static absl::StatusOr<std::unique_ptr<TiledLabels>> Create(int width, int height,
                                                             const EmbeddedVocabulary& vocabulary,
                                                             const ClassifyOptions& options);

  // Labels the tile's core; applies the background. The tile is one of the picture's plan (PlanTiles); the
  // scores are those of its window, of the vocabulary's embeddings. REQUIRES: `guide`, what
  // MakeRefinementGuide makes of the window, if options.refine_steps > 0.
  void AddTile(const Tile& tile, const ScoreGrid& scores, const Image* guide = nullptr);

  // The whole, without `seconds`. Call it once, after AddTile has returned for every tile of the plan.
  Segmentation Finish();

 private:
  struct MappedClass {
    int index = 0;
    std::unique_ptr<TiledScoreMap> scores;
  };

  TiledLabels(int width, int height, const EmbeddedVocabulary& vocabulary, int refine_steps);

  uint16_t* LabelsAt(int x, int y) { return labels_.labels.data() + size_t{1} * y * labels_.width + x; }
  void LabelRefined(const Tile& tile, const ScoreGrid& scores, const Image& guide);
  void LabelCore(const Tile& tile, const ScoreGrid& scores, const Image* guide,
                 std::vector<float>* best_scores);

  const std::vector<std::string> class_names_;
  const std::optional<Background> background_;
  const LabelRule rule_;
  const int refine_steps_;
  LabelMap labels_;  // each tile writes into its own core only
  std::unique_ptr<TiledScoreMap> best_scores_;
  std::vector<MappedClass> mapped_classes_;

  std::mutex mutex_;
  ClassTally tally_;  // guarded by mutex_
};

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_TILED_LABELS_H_
