#include "core/tiled_labels.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "core/label_pixels.h"
#include "core/refine_labels.h"

namespace pixelclip {
namespace {

// The tile's core in its window's own pixels.
Box CoreInWindow(const Tile& tile) {
  return {tile.core.x - tile.window.x, tile.core.y - tile.window.y, tile.core.width, tile.core.height};
}

}  // namespace

absl::StatusOr<std::unique_ptr<TiledLabels>> TiledLabels::Create(int width, int height,
                                                                 const EmbeddedVocabulary& vocabulary,
                                                                 const ClassifyOptions& options) {
  const std::vector<std::string>& names = vocabulary.class_names;
  const absl::StatusOr<std::vector<int>> indices = FindScoreMapClasses(options, names);
  if (!indices.ok()) return indices.status();
  std::unique_ptr<TiledLabels> labels(new TiledLabels(width, height, vocabulary, options.refine_steps));
  if (options.best_scores) labels->best_scores_ = std::make_unique<TiledScoreMap>("", width, height);
  for (const int index : *indices) {
    labels->mapped_classes_.push_back({index, std::make_unique<TiledScoreMap>(names[index], width, height)});
  }
  return labels;
}

TiledLabels::TiledLabels(int width, int height, const EmbeddedVocabulary& vocabulary, int refine_steps)
    : class_names_(vocabulary.class_names),
      background_(vocabulary.background),
      rule_(vocabulary),
      refine_steps_(refine_steps),
      labels_{width, height, std::vector<uint16_t>(size_t{1} * width * height)},
      tally_(rule_.count()) {}

void TiledLabels::AddTile(const Tile& tile, const ScoreGrid& scores, const Image* guide) {
  std::vector<float> best_scores;
  LabelCore(tile, scores, refine_steps_ > 0 ? guide : nullptr, best_scores_ ? &best_scores : nullptr);
  if (best_scores_) best_scores_->AddTile(tile.core, best_scores);
  for (const MappedClass& mapped : mapped_classes_) {
    mapped.scores->AddTile(tile.core, rule_.ClassScores(scores, mapped.index, tile.window.width,
                                                        tile.window.height, CoreInWindow(tile)));
  }
}

// Writes the refined labels of the tile's core.
void TiledLabels::LabelRefined(const Tile& tile, const ScoreGrid& scores, const Image& guide) {
  const RefinedScores refined = RefineScores(scores, rule_, guide, refine_steps_);
  LabelRows(refined.scores, tile.window.width, tile.window.height, CoreInWindow(tile),
            [&](int window_y, const uint16_t* masks, const float*) {
              std::transform(masks, masks + tile.core.width, LabelsAt(tile.core.x, tile.window.y + window_y),
                             [&](uint16_t mask) { return refined.labels[mask]; });
            });
}

// Appends the best score of each pixel to `best_scores` if it is given.
void TiledLabels::LabelCore(const Tile& tile, const ScoreGrid& scores, const Image* guide,
                            std::vector<float>* best_scores) {
  if (guide != nullptr) LabelRefined(tile, scores, *guide);
  const Box& core = tile.core;
  ClassTally tally(rule_.count());
  rule_.LabelRows(scores, tile.window.width, tile.window.height, CoreInWindow(tile),
                  [&](int window_y, const uint16_t* row_labels, const float* row_scores) {
                    const int y = tile.window.y + window_y;
                    uint16_t* const labels = LabelsAt(core.x, y);
                    if (guide == nullptr) std::copy_n(row_labels, core.width, labels);
                    tally.AddRow(core.x, y, core.width, labels, row_scores);
                    if (best_scores)
                      best_scores->insert(best_scores->end(), row_scores, row_scores + core.width);
                  });
  const std::lock_guard<std::mutex> lock(mutex_);
  tally_.Merge(tally);
}

Segmentation TiledLabels::Finish() {
  const std::lock_guard<std::mutex> lock(mutex_);
  Segmentation result;
  result.classes = tally_.Summarize();
  for (size_t i = 0; i < class_names_.size(); ++i) result.classes[i].name = class_names_[i];
  if (background_) {
    result.classes.back().name = background_->name;
    result.classes.back().is_background = true;
  }
  result.labels = std::move(labels_);
  if (best_scores_) result.best_scores = best_scores_->Finish();
  for (const MappedClass& mapped : mapped_classes_) result.score_maps.push_back(mapped.scores->Finish());
  return result;
}

}  // namespace pixelclip
