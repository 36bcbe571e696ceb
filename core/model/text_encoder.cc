#include "core/model/text_encoder.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/embedding.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/matmul.h>

#include <algorithm>
#include <map>
#include <string>

namespace pixelclip {
namespace {

// Keeps the activations of one batch within a few tens of megabytes.
constexpr size_t kMaxTokensPerBatch = 8192;

}  // namespace

TextEncoder::TextEncoder(const TextConfig& config, const Weights& weights)
    : config_(config),
      token_embedding_(weights.Get("token_embedding.weight")),
      positional_embedding_(weights.Get("positional_embedding")),
      ln_final_(weights.Scope("ln_final"), config.layer_norm_eps),
      text_projection_(weights.Get("text_projection")) {
  const Weights blocks = weights.Scope("transformer.resblocks");
  for (int64_t i = 0; i < config.layers; ++i) {
    resblocks_.emplace_back(blocks.Scope(std::to_string(i)), config.heads, config.activation,
                            config.layer_norm_eps);
  }
}

void TextEncoder::Pack() {
  for (ResidualAttentionBlock& block : resblocks_) block.Pack(Precision::kFp32);
}

at::Tensor TextEncoder::Encode(const std::vector<std::vector<int32_t>>& texts) const {
  std::map<size_t, std::vector<size_t>> texts_by_length;
  for (size_t i = 0; i < texts.size(); ++i) texts_by_length[PooledLength(texts[i])].push_back(i);

  at::Tensor features = at::empty({static_cast<int64_t>(texts.size()), text_projection_.size(1)});
  for (const auto& [length, members] : texts_by_length) {
    const size_t batch_size = std::max<size_t>(1, kMaxTokensPerBatch / length);
    for (size_t first = 0; first < members.size(); first += batch_size) {
      const size_t count = std::min(batch_size, members.size() - first);
      at::Tensor ids = at::empty({static_cast<int64_t>(count), static_cast<int64_t>(length)}, at::kLong);
      int64_t* next_id = ids.mutable_data_ptr<int64_t>();
      for (size_t i = first; i < first + count; ++i) {
        next_id = std::copy_n(texts[members[i]].begin(), length, next_id);
      }
      const at::Tensor batch = EncodeEmbeddings(at::embedding(token_embedding_, ids));
      for (size_t i = 0; i < count; ++i) features[members[first + i]].copy_(batch[i]);
    }
  }
  return features;
}

size_t TextEncoder::PooledLength(const std::vector<int32_t>& tokens) const {
  switch (config_.pooling) {
    case TextPooling::kLargestId:
      return std::max_element(tokens.begin(), tokens.end()) - tokens.begin() + 1;
    case TextPooling::kEndTokenId: {
      const auto end = std::find(tokens.begin(), tokens.end(), config_.end_token_id);
      return end == tokens.end() ? 1 : end - tokens.begin() + 1;  // as published: position 0 if there is none
    }
  }
  return 0;
}

at::Tensor TextEncoder::EncodeEmbeddings(const at::Tensor& embeddings) const {
  const int64_t length = embeddings.size(1);
  at::Tensor x = embeddings + positional_embedding_.narrow(0, 0, length);
  for (size_t i = 0; i + 1 < resblocks_.size(); ++i) x = resblocks_[i](x, /*causal=*/true);
  x = resblocks_.back().Last(x);
  return at::matmul(ln_final_(x.select(1, 0)), text_projection_);
}

}  // namespace pixelclip
