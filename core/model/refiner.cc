#include "core/model/refiner.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/upsample_bilinear2d.h>

namespace pixelclip {
namespace {

// Bring both inputs to about unit variance: unit vectors of 256 numbers, and the third stage's features.
constexpr double kCoarseScale = 16;
constexpr double kDetailScale = 0.125;

}  // namespace

Refiner::Convolution::Convolution(const Weights& weights)
    : weight(weights.Get("weight").contiguous(at::MemoryFormat::ChannelsLast)),
      bias(weights.Get("bias")),
      depthwise(weight.size(1) == 1) {}

at::Tensor Refiner::Convolution::operator()(const at::Tensor& x) const {
  return at::conv2d(x, weight, bias, /*stride=*/1, /*padding=*/weight.size(2) / 2, /*dilation=*/1,
                    depthwise ? weight.size(0) : 1);
}

Refiner::Refiner(const Weights& weights)
    : reduce_(weights.Scope("reduce")),
      depthwise_0_(weights.Scope("depthwise_0")),
      pointwise_(weights.Scope("pointwise")),
      depthwise_1_(weights.Scope("depthwise_1")),
      restore_(weights.Scope("restore")) {}

at::Tensor Refiner::operator()(const at::Tensor& coarse, const at::Tensor& detail) const {
  const at::Tensor norm = at::linalg_vector_norm(coarse, 2, {-1}, /*keepdim=*/true).clamp_min(1e-12);
  const at::Tensor dense = at::upsample_bilinear2d((coarse / norm).permute({0, 3, 1, 2}),
                                                   {detail.size(2), detail.size(3)}, /*align_corners=*/false);
  at::Tensor x = at::relu(reduce_(at::cat({kCoarseScale * dense, kDetailScale * detail}, 1)));
  x = at::relu(pointwise_(at::relu(depthwise_0_(x))));
  x = restore_(at::relu(depthwise_1_(x)));
  return (dense + x).permute({0, 2, 3, 1});
}

}  // namespace pixelclip
