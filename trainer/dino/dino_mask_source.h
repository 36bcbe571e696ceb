#ifndef PIXELCLIP_TRAINER_DINO_DINO_MASK_SOURCE_H_
#define PIXELCLIP_TRAINER_DINO_DINO_MASK_SOURCE_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "trainer/masks/mask_source.h"

namespace pixelclip {

// Where k-means looks for its clusters.
enum class DinoRegion {
  // In the crop that the training example shows, as published: every crop of a picture has masks of its own,
  // and the network runs when a crop is asked for.
  kCrop,
  // In the whole picture, once, when it is read: all its crops share these masks, which a crop may show few
  // of.
  kPicture,
};

struct DinoMaskOptions {
  DinoRegion region = DinoRegion::kCrop;
  int clusters = 16;
  int side =
      640;  // pixels of the region's shorter side as the network sees it; rounded down to whole patches
  uint64_t seed = 0;  // of the first centres, together with the picture's index
  std::string device = "cpu";
};

// The pictures of a folder and of the folders in it, ordered by path, with the clusters of their DINO
// features as masks: at most `clusters`, the largest first, every pixel in one. (Clusters that no patch is in
// are left out, as training drops empty masks.)
//
// `checkpoint` is a published DINO ViT (see ReadDinoCheckpoint). INVALID_ARGUMENT for options out of range,
// NOT_FOUND for a folder without pictures. Unlike the published code, the network sees the picture before its
// colours are distorted and before it is mirrored, and nothing of what lies outside of it.
//
// Reading (kPicture) or sampling (kCrop) runs the network on LibTorch's pool, of which every calling thread
// has one of its own. The same seed, picture and crop give the same masks.
absl::StatusOr<std::unique_ptr<MaskSource>> MakeDinoMaskSource(const std::string& pictures_folder,
                                                               const std::string& checkpoint,
                                                               const DinoMaskOptions& options);

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_DINO_DINO_MASK_SOURCE_H_
