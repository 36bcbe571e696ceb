#include "core/cuda/device_head.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/max.h>
#include <ATen/ops/max_pool2d.h>
#include <ATen/ops/upsample_bilinear2d.h>
#include <ATen/ops/where.h>

#include <algorithm>
#include <cfloat>

namespace pixelclip {
namespace {

constexpr int64_t kSide = 64;
constexpr double kSmallestNorm = 1e-12;  // as published; zeros stay zeros
// More than two interpolations round: core/label_pixels.cc has the bound.
constexpr double kMargin = 1e-6;

// planes: [n, h, w].
at::Tensor Resize(const at::Tensor& planes, int64_t height, int64_t width) {
  return at::upsample_bilinear2d(planes.unsqueeze(0), {height, width}, /*align_corners=*/false).squeeze(0);
}

// The indices of those that can win somewhere, ascending: inside a cell between four grid points, whoever's
// highest corner is below another's lowest one cannot.
at::Tensor Candidates(const at::Tensor& planes) {
  const int64_t cell[] = {std::min<int64_t>(2, planes.size(1)), std::min<int64_t>(2, planes.size(2))};
  const at::Tensor highest = at::max_pool2d(planes, cell, /*stride=*/1);
  const at::Tensor best_lowest = -at::max_pool2d(-planes, cell, /*stride=*/1).amin(0);
  const at::Tensor bar = best_lowest - (best_lowest.abs() * kMargin + FLT_MIN);
  const at::Tensor loses = highest < bar;  // what is not a number does not
  return loses.flatten(1).all(1).logical_not().nonzero().squeeze(1);
}

}  // namespace

// The product is linear, so it is taken before the resizing, of fewer vectors; the norm is not.
at::Tensor ScorePlanes(const at::Tensor& features, const at::Tensor& embeddings) {
  const at::Tensor products = at::matmul(features, embeddings.t()).permute({2, 0, 1}).contiguous();
  const at::Tensor resized = Resize(features.permute({2, 0, 1}).contiguous(), kSide, kSide);
  const at::Tensor norms = at::linalg_vector_norm(resized, 2, {0}).clamp_min(kSmallestNorm);
  return Resize(products, kSide, kSide) / norms;
}

DeviceLabels LabelOnDevice(const at::Tensor& planes, int64_t width, int64_t height, int64_t max_values) {
  const at::Tensor candidates = Candidates(planes);
  const int64_t count = candidates.size(0);
  const int64_t at_once = std::max<int64_t>(1, max_values / (width * height));
  DeviceLabels best;
  for (int64_t first = 0; first < count; first += at_once) {
    const at::Tensor some = candidates.narrow(0, first, std::min(at_once, count - first));
    const auto [scores, indices] = at::max(Resize(planes.index_select(0, some), height, width), 0);
    const at::Tensor labels = some.index_select(0, indices.flatten()).view_as(indices);
    if (first == 0) {
      best = {labels, scores};
      continue;
    }
    const at::Tensor better = scores > best.scores;  // of equals, the earlier ones keep the pixel
    best = {at::where(better, labels, best.labels), at::where(better, scores, best.scores)};
  }
  return best;
}

}  // namespace pixelclip
