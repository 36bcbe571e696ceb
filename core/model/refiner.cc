#include "core/model/refiner.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/upsample_bilinear2d.h>

namespace pixelclip {
namespace {

// Bring both inputs to about unit variance: unit vectors of 256 numbers, and the third stage's features.
constexpr double kCoarseScale = 16;
constexpr double kDetailScale = 0.125;

Convolution ConvolutionOf(const Weights& weights, Clamp clamp) {
  return Convolution(weights.Get("weight"), weights.Get("bias"), clamp);
}

}  // namespace

Refiner::Refiner(const Weights& weights)
    : reduce_(ConvolutionOf(weights.Scope("reduce"), Clamp::kRelu)),
      depthwise_0_(ConvolutionOf(weights.Scope("depthwise_0"), Clamp::kRelu)),
      pointwise_(ConvolutionOf(weights.Scope("pointwise"), Clamp::kRelu)),
      depthwise_1_(ConvolutionOf(weights.Scope("depthwise_1"), Clamp::kRelu)),
      restore_(ConvolutionOf(weights.Scope("restore"), Clamp::kNone)) {}

void Refiner::Pack() {
  for (Convolution* convolution : {&reduce_, &depthwise_0_, &pointwise_, &depthwise_1_, &restore_})
    convolution->Pack(Precision::kFp32);
}

at::Tensor Refiner::operator()(const at::Tensor& coarse, const at::Tensor& detail) const {
  const at::Tensor norm = at::linalg_vector_norm(coarse, 2, {-1}, /*keepdim=*/true).clamp_min(1e-12);
  const at::Tensor dense = at::upsample_bilinear2d((coarse / norm).permute({0, 3, 1, 2}),
                                                   {detail.size(2), detail.size(3)}, /*align_corners=*/false);
  at::Tensor x = reduce_(at::cat({kCoarseScale * dense, kDetailScale * detail}, 1));
  x = depthwise_1_(pointwise_(depthwise_0_(x)));
  return restore_.AddedTo(dense, x).permute({0, 2, 3, 1});
}

}  // namespace pixelclip
