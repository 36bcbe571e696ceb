#ifndef PIXELCLIP_TRAINER_MASKS_POLYGON_RUNS_H_
#define PIXELCLIP_TRAINER_MASKS_POLYGON_RUNS_H_

#include <vector>

#include "absl/status/statusor.h"
#include "trainer/masks/run_length_masks.h"

namespace pixelclip {

// The union of closed polygons [x0, y0, x1, y1, ...] in pixels, where pixel (x, y) covers [x, x + 1) by
// [y, y + 1), on a mask of width x height: a pixel belongs to a polygon if its centre does (even-odd where a
// polygon crosses itself). What reaches beyond the mask is cut off; fewer than three points cover nothing.
// (pycocotools also takes pixels that an edge passes through, so that its masks reach up to a pixel further.)
// INVALID_ARGUMENT for an odd number of coordinates, one beyond a million pixels, and polygons that need
// more than 2^20 crossings. REQUIRES: 1 <= width * height < 2^32.
absl::StatusOr<std::vector<PixelRun>> RunsFromPolygons(const std::vector<std::vector<float>>& polygons,
                                                       int width, int height);

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_MASKS_POLYGON_RUNS_H_
