#ifndef PIXELCLIP_TRAINER_DINO_DINO_CLUSTERER_H_
#define PIXELCLIP_TRAINER_DINO_DINO_CLUSTERER_H_

#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "core/image/image.h"
#include "trainer/dino/dino_vit.h"
#include "trainer/masks/picture_masks.h"

namespace pixelclip {

// Clusters of equal cells over whole pixels of a picture.
struct ClusteredRegion {
  int x = 0, y = 0, width = 0, height = 0;  // in the picture
  LabelMap cells;                           // labels from 0; without any where the region is empty
};

// Clusters what DINO sees in a part of a picture. Immutable; see MakeDinoMaskSource for what threads cost.
class DinoClusterer {
 public:
  // `side`: pixels that the network sees of a region's shorter side; the longer one gets at most four times
  // as many.
  DinoClusterer(std::unique_ptr<const DinoVit> network, int clusters, int side);

  // The part of `region` that lies in the picture, widened to whole pixels. INTERNAL where LibTorch fails or
  // features are not finite, RESOURCE_EXHAUSTED where memory ran out.
  absl::StatusOr<ClusteredRegion> Cluster(const Image& picture, const Crop& region, uint64_t seed) const;

 private:
  std::unique_ptr<const DinoVit> network_;
  int clusters_;
  int side_;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_DINO_DINO_CLUSTERER_H_
