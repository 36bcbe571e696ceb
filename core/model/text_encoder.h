#ifndef PIXELCLIP_CORE_MODEL_TEXT_ENCODER_H_
#define PIXELCLIP_CORE_MODEL_TEXT_ENCODER_H_

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "core/model/layers.h"
#include "core/model/weights.h"
#include "core/model_config.h"

namespace pixelclip {

// CLIP's text transformer. Attention is causal, so nothing behind the token that stands for the text can
// change its feature: nothing there is computed, nor what the last block would make of other tokens, and
// texts of one length share a batch.
//
// Immutable but for Pack, and without locks: any number of threads may encode at once.
class TextEncoder {
 public:
  // `weights`: the root scope of a checkpoint of that config.
  TextEncoder(const TextConfig& config, const Weights& weights);

  // Packs the linear layers for fp32 (see Linear::Pack): faster, without gradients. Call it before anything
  // else, once at most.
  void Pack();

  // texts: token ids with start and end, each at most context_length long and not empty. Returns [n, D]
  // float32, not normalised.
  at::Tensor Encode(const std::vector<std::vector<int32_t>>& texts) const;

  // Texts as embeddings of their tokens, [n, L, width] float32, all pooled at the last position. Returns
  // [n, D], not normalised. Differentiable unless packed.
  at::Tensor EncodeEmbeddings(const at::Tensor& embeddings) const;

  const at::Tensor& token_embedding() const { return token_embedding_; }  // [vocabulary_size, width]

 private:
  // Tokens up to the one whose feature stands for the text.
  size_t PooledLength(const std::vector<int32_t>& tokens) const;

  TextConfig config_;
  at::Tensor token_embedding_;       // [vocabulary_size, width]
  at::Tensor positional_embedding_;  // [context_length, width]
  std::vector<ResidualAttentionBlock> resblocks_;
  LayerNorm ln_final_;
  at::Tensor text_projection_;  // [width, D]
};

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_MODEL_TEXT_ENCODER_H_
