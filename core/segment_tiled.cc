#include "core/segment_tiled.h"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "core/global_scores.h"
#include "core/refine_labels.h"
#include "core/stopwatch.h"
#include "core/tiled_labels.h"

namespace pixelclip {
namespace {

// Enough to keep the cores busy; more would only take memory.
constexpr size_t kTilesPerBatch = 4;

absl::StatusOr<ScoreGrid> ScoreWhole(const Segmenter& segmenter, const Image& picture,
                                     const EmbeddedVocabulary& vocabulary, const InputOptions& options,
                                     StageTimes* seconds) {
  Stopwatch stopwatch;
  absl::StatusOr<NetworkInput> input = segmenter.Preprocess(picture, options);
  if (!input.ok()) return input.status();
  seconds->preprocess += stopwatch.Lap();
  const absl::StatusOr<std::vector<DenseFeatures>> features = segmenter.EncodeImages({*std::move(input)});
  if (!features.ok()) return features.status();
  seconds->encoder += stopwatch.Lap();
  absl::StatusOr<ScoreGrid> scores = segmenter.Score(features->front(), vocabulary);
  seconds->classify += stopwatch.Lap();
  return scores;
}

}  // namespace

absl::StatusOr<Segmentation> SegmentTiled(const Segmenter& segmenter, const Image& picture,
                                          const EmbeddedVocabulary& vocabulary,
                                          const ClassifyOptions& options, const TilingOptions& tiling,
                                          const InputOptions& input_options) {
  const absl::StatusOr<std::vector<Tile>> tiles = PlanTiles(picture.width, picture.height, tiling);
  if (!tiles.ok()) return tiles.status();
  const absl::StatusOr<std::unique_ptr<TiledLabels>> labels =
      TiledLabels::Create(picture.width, picture.height, vocabulary, options);
  if (!labels.ok()) return labels.status();

  StageTimes seconds;
  std::optional<ScoreGrid> global;
  if (NeedsGlobalScores(tiling, tiles->size())) {
    absl::StatusOr<ScoreGrid> scores = ScoreWhole(segmenter, picture, vocabulary, input_options, &seconds);
    if (!scores.ok()) return scores.status();
    global = *std::move(scores);
  }
  Stopwatch stopwatch;
  for (size_t begin = 0; begin < tiles->size(); begin += kTilesPerBatch) {
    const size_t end = std::min(begin + kTilesPerBatch, tiles->size());
    std::vector<NetworkInput> inputs;
    std::vector<Image> guides;
    for (size_t i = begin; i < end; ++i) {
      const Image crop = CropTile(picture, (*tiles)[i]);
      absl::StatusOr<NetworkInput> input = segmenter.Preprocess(crop, input_options);
      if (!input.ok()) return input.status();
      inputs.push_back(*std::move(input));
      guides.push_back(options.refine_steps > 0 ? MakeRefinementGuide(crop) : Image());
    }
    seconds.preprocess += stopwatch.Lap();
    const absl::StatusOr<std::vector<DenseFeatures>> features = segmenter.EncodeImages(inputs);
    if (!features.ok()) return features.status();
    seconds.encoder += stopwatch.Lap();
    for (size_t i = begin; i < end; ++i) {
      absl::StatusOr<ScoreGrid> scores = segmenter.Score((*features)[i - begin], vocabulary);
      if (!scores.ok()) return scores.status();
      if (global) {
        MixInGlobalScores(*global, picture.width, picture.height, (*tiles)[i], tiling.global_weight,
                          &*scores);
      }
      (*labels)->AddTile((*tiles)[i], *scores, &guides[i - begin]);
    }
    seconds.classify += stopwatch.Lap();
  }
  Segmentation result = (*labels)->Finish();
  seconds.classify += stopwatch.Lap();
  result.seconds = seconds;
  return result;
}

}  // namespace pixelclip
