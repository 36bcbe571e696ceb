#include "core/model/last_block.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/exp.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/zeros.h>

#include <cmath>

namespace pixelclip {
namespace {

constexpr double kNeighbourhood = 5;  // NACLIP's standard deviation, in patches

// exp(-d^2 / (2 * kNeighbourhood^2)) for positions 0 .. count - 1 on a line: [count, count].
at::Tensor GaussianOnLine(int64_t count, const at::TensorOptions& options) {
  const at::Tensor position = at::arange(count, options);
  const at::Tensor distance = position.unsqueeze(0) - position.unsqueeze(1);
  return at::exp(distance * distance * (-0.5 / (kNeighbourhood * kNeighbourhood)));
}

// NACLIP's omega: [1 + h * w, 1 + h * w]. A Gaussian of the plane is the product of those of its two lines.
at::Tensor Neighbourhood(int64_t h, int64_t w, const at::TensorOptions& options) {
  const at::Tensor rows = GaussianOnLine(h, options), columns = GaussianOnLine(w, options);
  const at::Tensor plane = rows.view({h, 1, h, 1}) * columns.view({1, w, 1, w});
  at::Tensor omega = at::zeros({1 + h * w, 1 + h * w}, options);
  omega.narrow(0, 1, h * w).narrow(1, 1, h * w).copy_(plane.reshape({h * w, h * w}));
  return omega;
}

// Self-attention whose weights depend on queries alone, keys alone, or both: [B, L, width].
at::Tensor Attend(LastBlock kind, const MultiHeadAttention& attn, const at::Tensor& x, int64_t h, int64_t w) {
  const int64_t batch = x.size(0), length = x.size(1), width = x.size(2);
  const at::Tensor qkv = attn.Project(x);
  const double scale = 1 / std::sqrt(static_cast<double>(width / attn.heads));
  const auto products = [&](const at::Tensor& of) { return at::matmul(of * scale, of.transpose(-2, -1)); };

  at::Tensor weights;
  if (kind == LastBlock::kNaclip) {
    weights = at::softmax(products(qkv[1]) + Neighbourhood(h, w, x.options()), -1);
  } else {
    weights = at::softmax(products(qkv[0]), -1);
    if (kind == LastBlock::kSclip) weights = weights + at::softmax(products(qkv[1]), -1);
  }
  return attn.out_proj(at::matmul(weights, qkv[2]).transpose(1, 2).reshape({batch, length, width}));
}

}  // namespace

bool UsesQueriesAndKeys(LastBlock kind) {
  return kind != LastBlock::kPublished && kind != LastBlock::kMaskClip;
}

at::Tensor EncodeLastBlock(LastBlock kind, const ResidualAttentionBlock& block, const at::Tensor& x,
                           int64_t h, int64_t w) {
  const at::Tensor patches = x.narrow(1, 1, h * w);
  const auto with_mlp = [&block](const at::Tensor& y) { return block.mlp.AddedTo(y, block.ln_2(y)); };
  const auto attended = [&] { return Attend(kind, block.attn, block.ln_1(x), h, w).narrow(1, 1, h * w); };
  switch (kind) {
    case LastBlock::kPublished:
      return block.Dense(x);
    case LastBlock::kMaskClip:
      return with_mlp(patches + block.attn.out_proj(block.attn.Values(block.ln_1(patches))));
    case LastBlock::kSclip:
      return with_mlp(patches + attended());
    case LastBlock::kClearClip:
    case LastBlock::kNaclip:
      return attended();
  }
  return {};
}

}  // namespace pixelclip
