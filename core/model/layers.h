#ifndef PIXELCLIP_CORE_MODEL_LAYERS_H_
#define PIXELCLIP_CORE_MODEL_LAYERS_H_

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "core/model/weights.h"
#include "core/model_config.h"

namespace pixelclip {

// The parts of a CLIP transformer. Each takes its tensors from the scope that it has in the checkpoint, holds
// no other state, and may be called from many threads. Tokens are [B, L, width] float32.

struct LayerNorm {
  LayerNorm(const Weights& weights, double eps);
  at::Tensor operator()(const at::Tensor& x) const;

  at::Tensor weight, bias;
  double eps;
};

struct Linear {
  explicit Linear(const Weights& weights);
  at::Tensor operator()(const at::Tensor& x) const;

  at::Tensor weight, bias;  // bias may be undefined
};

// c_proj(activation(c_fc(x))).
struct Mlp {
  Mlp(const Weights& weights, Activation activation);
  at::Tensor operator()(const at::Tensor& x) const;

  Linear c_fc, c_proj;
  Activation activation;
};

struct MultiHeadAttention {
  MultiHeadAttention(const Weights& weights, int64_t heads);

  // Softmax attention of every token to all tokens, or to itself and those before it.
  at::Tensor operator()(const at::Tensor& x, bool causal) const;

  // W_out (W_v x + b_v) + b_out: what attention gives a token that looks only at itself.
  at::Tensor ValuesOnly(const at::Tensor& x) const;

  at::Tensor in_proj_weight, in_proj_bias;  // queries, keys, values: [3 * width, width], [3 * width]
  Linear out_proj;
  int64_t heads;
};

// One block of pre-norm attention and MLP.
struct ResidualAttentionBlock {
  ResidualAttentionBlock(const Weights& weights, int64_t heads, Activation activation, double eps);

  at::Tensor operator()(const at::Tensor& x, bool causal) const;

  // PixelCLIP's dense form, for the visual encoder's last block: no attention; the residual is the block's
  // class token, x[:, 0], for every position. Returns the patches only: [B, L - 1, width].
  at::Tensor Dense(const at::Tensor& x) const;

  LayerNorm ln_1;
  MultiHeadAttention attn;
  LayerNorm ln_2;
  Mlp mlp;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_MODEL_LAYERS_H_
