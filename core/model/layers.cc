#include "core/model/layers.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/scaled_dot_product_attention.h>
#include <ATen/ops/sigmoid.h>

namespace pixelclip {
namespace {

at::Tensor Activate(const at::Tensor& x, Activation activation) {
  switch (activation) {
    case Activation::kQuickGelu:
      return x * at::sigmoid(1.702 * x);
    case Activation::kGelu:
      return at::gelu(x);
  }
  return {};
}

}  // namespace

LayerNorm::LayerNorm(const Weights& weights, double eps)
    : weight(weights.Get("weight")), bias(weights.Get("bias")), eps(eps) {}

at::Tensor LayerNorm::operator()(const at::Tensor& x) const {
  return at::layer_norm(x, {x.size(-1)}, weight, bias, eps);
}

Linear::Linear(const Weights& weights) : weight(weights.Get("weight")), bias(weights.Find("bias")) {}

at::Tensor Linear::operator()(const at::Tensor& x) const { return at::linear(x, weight, bias); }

Mlp::Mlp(const Weights& weights, Activation activation)
    : c_fc(weights.Scope("c_fc")), c_proj(weights.Scope("c_proj")), activation(activation) {}

at::Tensor Mlp::operator()(const at::Tensor& x) const { return c_proj(Activate(c_fc(x), activation)); }

MultiHeadAttention::MultiHeadAttention(const Weights& weights, int64_t heads)
    : in_proj_weight(weights.Get("in_proj_weight")),
      in_proj_bias(weights.Get("in_proj_bias")),
      out_proj(weights.Scope("out_proj")),
      heads(heads) {}

at::Tensor MultiHeadAttention::operator()(const at::Tensor& x, bool causal) const {
  const int64_t batch = x.size(0), length = x.size(1), width = x.size(2);
  // [B, L, 3 * width] -> 3 x [B, heads, L, width / heads]
  const at::Tensor qkv = at::linear(x, in_proj_weight, in_proj_bias)
                             .view({batch, length, 3, heads, width / heads})
                             .permute({2, 0, 3, 1, 4});
  const at::Tensor mixed = at::scaled_dot_product_attention(qkv[0], qkv[1], qkv[2], /*attn_mask=*/{},
                                                            /*dropout_p=*/0.0, causal);
  return out_proj(mixed.transpose(1, 2).reshape({batch, length, width}));
}

at::Tensor MultiHeadAttention::ValuesOnly(const at::Tensor& x) const {
  const int64_t width = x.size(-1);
  return out_proj(
      at::linear(x, in_proj_weight.narrow(0, 2 * width, width), in_proj_bias.narrow(0, 2 * width, width)));
}

ResidualAttentionBlock::ResidualAttentionBlock(const Weights& weights, int64_t heads, Activation activation,
                                               double eps)
    : ln_1(weights.Scope("ln_1"), eps),
      attn(weights.Scope("attn"), heads),
      ln_2(weights.Scope("ln_2"), eps),
      mlp(weights.Scope("mlp"), activation) {}

at::Tensor ResidualAttentionBlock::operator()(const at::Tensor& x, bool causal) const {
  const at::Tensor attended = x + attn(ln_1(x), causal);
  return attended + mlp(ln_2(attended));
}

at::Tensor ResidualAttentionBlock::Dense(const at::Tensor& x) const {
  const at::Tensor class_token = x.narrow(1, 0, 1);
  const at::Tensor patches = x.narrow(1, 1, x.size(1) - 1);
  const at::Tensor values = attn.ValuesOnly(ln_1(patches)) + class_token;
  return values + mlp(ln_2(values));
}

}  // namespace pixelclip
