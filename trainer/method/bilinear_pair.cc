#include "trainer/method/bilinear_pair.h"

#include <ATen/ops/eye.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/upsample_linear1d.h>

namespace pixelclip {
namespace {

// [from, to]: what a unit at each of `from` points gives each of `to`.
at::Tensor Weights1d(int64_t from, int64_t to, c10::Device device) {
  const at::Tensor units = at::eye(from, at::TensorOptions(device).dtype(at::kFloat)).unsqueeze(0);
  return at::upsample_linear1d(units, {to}, /*align_corners=*/false).squeeze(0);
}

}  // namespace

BilinearPair::BilinearPair(int64_t height, int64_t width, int64_t side, c10::Device device)
    : rows_(Weights1d(height, side, device)), columns_(Weights1d(width, side, device)) {}

at::Tensor BilinearPair::Upsample(const at::Tensor& x) const {
  return at::matmul(rows_.t(), at::matmul(x, columns_));
}

at::Tensor BilinearPair::Adjoint(const at::Tensor& y) const {
  return at::matmul(rows_, at::matmul(y, columns_.t()));
}

}  // namespace pixelclip
