#ifndef PIXELCLIP_TRAINER_METHOD_TARGETS_H_
#define PIXELCLIP_TRAINER_METHOD_TARGETS_H_

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "trainer/scale/communicator.h"

namespace pixelclip {

// What one picture's predictions are compared with, at the mask resolution m.
struct PictureTargets {
  at::Tensor kept;        // [M] int64: which masks of those that came in were not dropped
  at::Tensor assignment;  // [M] int64: the channel of each of them
  at::Tensor embeddings;  // [C, D] float32, unit norm: what each channel is the cosine with
  at::Tensor channels;    // [C, m, m] bool
  at::Tensor covered;     // [m, m] bool: where at least one mask is
};

// Masks on a grid of their own brought to side x side (nearest), without those of one pixel or none.
struct GridMasks {
  at::Tensor masks;  // [kept, side, side] bool
  at::Tensor kept;   // [kept] int64: their places among those that came in
};
// masks: [M, h, w] bool or uint8.
GridMasks ToGrid(const at::Tensor& masks, int64_t side);

// The mean of bilinearly upsampled features under each mask, without upsampling them: what a mask weighs on
// the features' own grid is the adjoint's work. features: [h, w, D]; masks: [M, m, m] bool. Returns [M, D].
at::Tensor PoolUnderMasks(const at::Tensor& features, const at::Tensor& masks);

// Clusters the masks of all pictures of all ranks and unites those of one cluster in each picture. features:
// the teacher's, [B, h, w, D]; grids: B of them; clusters: [C, D], unit norm. Every rank must call it.
absl::StatusOr<std::vector<PictureTargets>> ClusterMasks(const at::Tensor& features,
                                                         const std::vector<GridMasks>& grids,
                                                         const at::Tensor& clusters, double epsilon,
                                                         int sinkhorn_rounds, Communicator& communicator);

// Without clustering: each mask is a channel, and the teacher's feature of it what its cosines are with.
std::vector<PictureTargets> EachMaskAlone(const at::Tensor& features, const std::vector<GridMasks>& grids);

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_METHOD_TARGETS_H_
