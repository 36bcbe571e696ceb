#ifndef PIXELCLIP_CORE_MODEL_LAYERS_H_
#define PIXELCLIP_CORE_MODEL_LAYERS_H_

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>

#include "core/model/linear.h"
#include "core/model/weights.h"
#include "core/model_config.h"
#include "core/precision.h"

namespace pixelclip {

// The parts of a CLIP transformer. Each takes its tensors from the scope that it has in the checkpoint, holds
// no other state, and may be called from many threads once it is packed, if it ever is. Tokens are
// [B, L, width] float32.

struct LayerNorm {
  LayerNorm(const Weights& weights, double eps);
  at::Tensor operator()(const at::Tensor& x) const;

  at::Tensor weight, bias;
  double eps;
};

// c_proj(activation(c_fc(x))).
struct Mlp {
  Mlp(const Weights& weights, Activation activation);  // "c_fc" and "c_proj"
  Mlp(Linear c_fc, Activation activation, Linear c_proj);

  // y + c_proj(activation(c_fc(x))).
  at::Tensor AddedTo(const at::Tensor& y, const at::Tensor& x) const;

  // See Linear::Pack.
  size_t Pack(Precision precision);

  Linear c_fc, c_proj;
  Activation activation;
  bool is_packed = false;
};

struct MultiHeadAttention {
  MultiHeadAttention(const Weights& weights, int64_t heads);

  // Of every token's query, key and value: [3, B, heads, L, width / heads].
  at::Tensor Project(const at::Tensor& x) const;

  // What attention gives: [B, L, width], before out_proj. Every token attends to all tokens, or to itself and
  // those before it.
  at::Tensor Mix(const at::Tensor& x, bool causal) const;

  // The same for the last token alone: [B, 1, width].
  at::Tensor MixForLast(const at::Tensor& x) const;

  // W_v x + b_v: the mix of a token that looks only at itself.
  at::Tensor Values(const at::Tensor& x) const;

  // Forgets queries and keys: only Values may be called from then on.
  void KeepValuesOnly();

  // See Linear::Pack. Afterwards Values wants KeepValuesOnly to have been called before.
  size_t Pack(Precision precision);

  Linear in_proj;  // to queries, keys and values, or to values
  Linear out_proj;
  int64_t heads;
};

// One block of pre-norm attention and MLP.
struct ResidualAttentionBlock {
  ResidualAttentionBlock(const Weights& weights, int64_t heads, Activation activation, double eps);

  at::Tensor operator()(const at::Tensor& x, bool causal) const;

  // What operator() gives for the last token alone: [B, 1, width].
  at::Tensor Last(const at::Tensor& x) const;

  // PixelCLIP's dense form, for the visual encoder's last block: no attention; the residual is the block's
  // class token, x[:, 0], for every position. Returns the patches only: [B, L - 1, width].
  at::Tensor Dense(const at::Tensor& x) const;

  // See Linear::Pack.
  size_t Pack(Precision precision);

  LayerNorm ln_1;
  MultiHeadAttention attn;
  LayerNorm ln_2;
  Mlp mlp;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_MODEL_LAYERS_H_
