#ifndef PIXELCLIP_TRAINER_MASKS_OVER_SEGMENTATION_H_
#define PIXELCLIP_TRAINER_MASKS_OVER_SEGMENTATION_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "core/image/image.h"
#include "trainer/masks/mask_source.h"

namespace pixelclip {

// Felzenszwalb and Huttenlocher's graph-based segmentation (IJCV 2004), for pictures that nobody has masks
// for. The defaults give some ten to forty regions for a photograph.
struct OverSegmentationOptions {
  // Pictures are segmented with a short side of at most this many pixels; the fields below count those.
  int short_side = 256;
  // Standard deviation of the Gaussian that smooths colours first, in pixels.
  double sigma = 0.8;
  // How much two regions may differ to be joined, over their size: larger means fewer, larger regions.
  double scale = 500;
  // Smaller regions are joined with the neighbour that is most like them.
  int min_pixels = 200;
};

// The regions of a picture, as labels from 0 in the order of their first pixels, at the reduced size. Equal
// pictures give equal labels on every machine. INVALID_ARGUMENT names the option that is out of its range, or
// says that there are too many regions. Thread-safe.
absl::StatusOr<LabelMap> OverSegment(const Image& image, const OverSegmentationOptions& options = {});

// All pictures below `folder` in the order of their paths, each segmented when it is read; regions are sorted
// by area, the largest first. NOT_FOUND if there are none.
absl::StatusOr<std::unique_ptr<MaskSource>> OpenOverSegmented(const std::string& folder,
                                                              OverSegmentationOptions options = {});

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_MASKS_OVER_SEGMENTATION_H_
