#include "trainer/method/targets.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/upsample_nearest2d.h>
#include <ATen/ops/zeros.h>

#include <utility>

#include "core/model/plain_array.h"
#include "trainer/method/bilinear_pair.h"
#include "trainer/method/sinkhorn.h"

namespace pixelclip {
namespace {

// The union of the masks of each cluster: [C, m, m] bool. masks: [M, m, m] bool; assignment: [M].
at::Tensor UniteMasks(const at::Tensor& masks, const at::Tensor& assignment, int64_t clusters) {
  const at::Tensor counts =
      at::zeros({clusters, masks.size(1), masks.size(2)}, masks.options().dtype(at::kFloat));
  counts.index_add_(0, assignment, masks.to(at::kFloat));
  return counts > 0;
}

}  // namespace

GridMasks ToGrid(const at::Tensor& masks, int64_t side) {
  at::Tensor grid = masks.ne(0);
  if (masks.size(0) == 0) {
    grid = at::zeros({0, side, side}, grid.options());
  } else if (masks.size(1) != side || masks.size(2) != side) {
    grid = at::upsample_nearest2d(grid.to(at::kByte).unsqueeze(0), {side, side}).squeeze(0).ne(0);
  }
  const at::Tensor kept = (grid.sum({1, 2}) > 1).nonzero().squeeze(1);
  return {grid.index_select(0, kept), kept};
}

at::Tensor PoolUnderMasks(const at::Tensor& features, const at::Tensor& masks) {
  const int64_t h = features.size(0), w = features.size(1), count = masks.size(0);
  const BilinearPair bilinear(h, w, masks.size(1), features.device());
  const at::Tensor dense = masks.to(at::kFloat);
  const at::Tensor weights = bilinear.Adjoint(dense / dense.sum({1, 2}, /*keepdim=*/true));
  return at::matmul(weights.reshape({count, h * w}), features.reshape({h * w, -1}));
}

absl::StatusOr<std::vector<PictureTargets>> ClusterMasks(const at::Tensor& features,
                                                         const std::vector<GridMasks>& grids,
                                                         const at::Tensor& clusters, double epsilon,
                                                         int sinkhorn_rounds, Communicator& communicator) {
  std::vector<at::Tensor> pooled;
  for (size_t b = 0; b < grids.size(); ++b) {
    pooled.push_back(PoolUnderMasks(features[static_cast<int64_t>(b)], grids[b].masks));
  }
  const at::Tensor logits = epsilon * at::matmul(Normalize(at::cat(pooled), 1), clusters.t());
  const absl::StatusOr<at::Tensor> soft = Sinkhorn(logits, sinkhorn_rounds, communicator);
  if (!soft.ok()) return soft.status();
  const at::Tensor hard = soft->argmax(1);

  std::vector<PictureTargets> targets;
  int64_t first = 0;
  for (const GridMasks& grid : grids) {
    const int64_t count = grid.masks.size(0);
    const at::Tensor own = hard.narrow(0, first, count);
    first += count;
    targets.push_back(
        {grid.kept, own, clusters, UniteMasks(grid.masks, own, clusters.size(0)), grid.masks.any(0)});
  }
  return targets;
}

std::vector<PictureTargets> EachMaskAlone(const at::Tensor& features, const std::vector<GridMasks>& grids) {
  std::vector<PictureTargets> targets;
  for (size_t b = 0; b < grids.size(); ++b) {
    const at::Tensor& masks = grids[b].masks;
    const at::Tensor pooled = PoolUnderMasks(features[static_cast<int64_t>(b)], masks);
    targets.push_back({grids[b].kept, at::arange(masks.size(0), masks.options().dtype(at::kLong)),
                       Normalize(pooled, 1), masks, masks.any(0)});
  }
  return targets;
}

}  // namespace pixelclip
