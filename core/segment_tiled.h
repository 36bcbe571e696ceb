#ifndef PIXELCLIP_CORE_SEGMENT_TILED_H_
#define PIXELCLIP_CORE_SEGMENT_TILED_H_

#include "absl/status/statusor.h"
#include "core/segmenter.h"
#include "core/tiling.h"

namespace pixelclip {

// Segments a large picture tile by tile (core/tiling.h), a few tiles a batch, on the calling thread. Beside
// the picture and the result, memory depends on the size of a tile only. A picture that is one tile gets the
// labels that it gets untiled. Segmentation::seconds has the sums over all tiles of preprocess, encoder and
// classify. Errors are those of PlanTiles, TiledLabels and the segmenter.
absl::StatusOr<Segmentation> SegmentTiled(const Segmenter& segmenter, const Image& picture,
                                          const EmbeddedVocabulary& vocabulary,
                                          const ClassifyOptions& options, const TilingOptions& tiling,
                                          const InputOptions& input = {});

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_SEGMENT_TILED_H_
