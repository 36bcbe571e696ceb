#include "core/segment_tiled.h"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "core/stopwatch.h"
#include "core/tiled_labels.h"

namespace pixelclip {
namespace {

// Enough to keep the cores busy; more would only take memory.
constexpr size_t kTilesPerBatch = 4;

}  // namespace

absl::StatusOr<Segmentation> SegmentTiled(const Segmenter& segmenter, const Image& picture,
                                          const EmbeddedVocabulary& vocabulary,
                                          const ClassifyOptions& options, const TilingOptions& tiling) {
  const absl::StatusOr<std::vector<Tile>> tiles = PlanTiles(picture.width, picture.height, tiling);
  if (!tiles.ok()) return tiles.status();
  const absl::StatusOr<std::unique_ptr<TiledLabels>> labels =
      TiledLabels::Create(picture.width, picture.height, vocabulary, options);
  if (!labels.ok()) return labels.status();

  StageTimes seconds;
  Stopwatch stopwatch;
  for (size_t begin = 0; begin < tiles->size(); begin += kTilesPerBatch) {
    const size_t end = std::min(begin + kTilesPerBatch, tiles->size());
    std::vector<NetworkInput> inputs;
    for (size_t i = begin; i < end; ++i) {
      absl::StatusOr<NetworkInput> input = segmenter.Preprocess(CropTile(picture, (*tiles)[i]));
      if (!input.ok()) return input.status();
      inputs.push_back(*std::move(input));
    }
    seconds.preprocess += stopwatch.Lap();
    const absl::StatusOr<std::vector<DenseFeatures>> features = segmenter.EncodeImages(inputs);
    if (!features.ok()) return features.status();
    seconds.encoder += stopwatch.Lap();
    for (size_t i = begin; i < end; ++i) {
      const absl::StatusOr<ScoreGrid> scores = segmenter.Score((*features)[i - begin], vocabulary);
      if (!scores.ok()) return scores.status();
      (*labels)->AddTile((*tiles)[i], *scores);
    }
    seconds.classify += stopwatch.Lap();
  }
  Segmentation result = (*labels)->Finish();
  seconds.classify += stopwatch.Lap();
  result.seconds = seconds;
  return result;
}

}  // namespace pixelclip
