#include "core/score_grid.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/upsample_bilinear2d.h>

#include "core/model/plain_array.h"

namespace pixelclip {
namespace {

constexpr int kSide = 64;

}  // namespace

ScoreGrid MakeScoreGrid(const DenseFeatures& features, const TextFeatures& embeddings) {
  const at::Tensor dense =
      ViewAsTensor(features.values, {1, features.height, features.width, features.channels});
  const at::Tensor resized =
      at::upsample_bilinear2d(dense.permute({0, 3, 1, 2}), {kSide, kSide}, /*align_corners=*/false);
  const at::Tensor unit = Normalize(resized.squeeze(0).permute({1, 2, 0}), -1);
  const at::Tensor texts = ViewAsTensor(embeddings.values, {embeddings.count, embeddings.channels});
  return {kSide, kSide, embeddings.count, ToPlainArray(at::matmul(unit, texts.t()))};
}

}  // namespace pixelclip
