#include "core/model/layers.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/scaled_dot_product_attention.h>
#include <ATen/ops/sigmoid.h>

#include <utility>

namespace pixelclip {
namespace {

constexpr double kQuickGeluSlope = 1.702;

at::Tensor Activate(const at::Tensor& x, Activation activation) {
  switch (activation) {
    case Activation::kQuickGelu:
      return x * at::sigmoid(kQuickGeluSlope * x);
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

Mlp::Mlp(const Weights& weights, Activation activation)
    : Mlp(Linear(weights.Scope("c_fc")), activation, Linear(weights.Scope("c_proj"))) {}

Mlp::Mlp(Linear c_fc, Activation activation, Linear c_proj)
    : c_fc(std::move(c_fc)), c_proj(std::move(c_proj)), activation(activation) {}

at::Tensor Mlp::AddedTo(const at::Tensor& y, const at::Tensor& x) const {
  if (!is_packed) return c_proj.AddedTo(y, Activate(c_fc(x), activation));
  return c_fc.ThenAddedTo(y, activation == Activation::kGelu ? Nonlinearity::kGelu : Nonlinearity::kSilu,
                          c_proj, x);
}

size_t Mlp::Pack(Precision precision) {
  is_packed = true;
  if (activation == Activation::kQuickGelu) {
    // x sigmoid(a x) = silu(a x) / a. Kernels know SiLU; the factors hide in the weights.
    c_fc = c_fc.Scaled(kQuickGeluSlope, kQuickGeluSlope);
    c_proj = c_proj.Scaled(1 / kQuickGeluSlope, 1);
  }
  return c_fc.Pack(precision) + c_proj.Pack(precision);
}

MultiHeadAttention::MultiHeadAttention(const Weights& weights, int64_t heads)
    : in_proj(weights.Get("in_proj_weight"), weights.Get("in_proj_bias")),
      out_proj(weights.Scope("out_proj")),
      heads(heads) {}

at::Tensor MultiHeadAttention::Project(const at::Tensor& x) const {
  const int64_t batch = x.size(0), length = x.size(1), width = x.size(2);
  return in_proj(x).view({batch, length, 3, heads, width / heads}).permute({2, 0, 3, 1, 4});
}

at::Tensor MultiHeadAttention::Mix(const at::Tensor& x, bool causal) const {
  const at::Tensor qkv = Project(x);
  const at::Tensor mixed = at::scaled_dot_product_attention(qkv[0], qkv[1], qkv[2], /*attn_mask=*/{},
                                                            /*dropout_p=*/0.0, causal);
  return mixed.transpose(1, 2).reshape(x.sizes());
}

at::Tensor MultiHeadAttention::MixForLast(const at::Tensor& x) const {
  const int64_t batch = x.size(0), length = x.size(1), width = x.size(2);
  const at::Tensor qkv = Project(x);
  const at::Tensor query = qkv[0].narrow(2, length - 1, 1);
  const at::Tensor mixed = at::scaled_dot_product_attention(query, qkv[1], qkv[2]);
  return mixed.transpose(1, 2).reshape({batch, 1, width});
}

at::Tensor MultiHeadAttention::Values(const at::Tensor& x) const {
  const int64_t width = x.size(-1);
  return in_proj.outputs() == width ? in_proj(x) : in_proj.Outputs(2 * width, width)(x);
}

void MultiHeadAttention::KeepValuesOnly() {
  const int64_t width = in_proj.outputs() / 3;
  in_proj = in_proj.Outputs(2 * width, width);
}

size_t MultiHeadAttention::Pack(Precision precision) {
  return in_proj.Pack(precision) + out_proj.Pack(precision);
}

ResidualAttentionBlock::ResidualAttentionBlock(const Weights& weights, int64_t heads, Activation activation,
                                               double eps)
    : ln_1(weights.Scope("ln_1"), eps),
      attn(weights.Scope("attn"), heads),
      ln_2(weights.Scope("ln_2"), eps),
      mlp(weights.Scope("mlp"), activation) {}

at::Tensor ResidualAttentionBlock::operator()(const at::Tensor& x, bool causal) const {
  const at::Tensor attended = attn.out_proj.AddedTo(x, attn.Mix(ln_1(x), causal));
  return mlp.AddedTo(attended, ln_2(attended));
}

at::Tensor ResidualAttentionBlock::Last(const at::Tensor& x) const {
  const at::Tensor last = x.narrow(1, x.size(1) - 1, 1);
  const at::Tensor attended = attn.out_proj.AddedTo(last, attn.MixForLast(ln_1(x)));
  return mlp.AddedTo(attended, ln_2(attended));
}

at::Tensor ResidualAttentionBlock::Dense(const at::Tensor& x) const {
  const at::Tensor class_token = x.narrow(1, 0, 1);
  const at::Tensor patches = x.narrow(1, 1, x.size(1) - 1);
  const at::Tensor values = attn.out_proj(attn.Values(ln_1(patches))) + class_token;
  return mlp.AddedTo(values, ln_2(values));
}

size_t ResidualAttentionBlock::Pack(Precision precision) {
  return attn.Pack(precision) + mlp.Pack(precision);
}

}  // namespace pixelclip
