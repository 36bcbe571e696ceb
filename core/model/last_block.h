#ifndef PIXELCLIP_CORE_MODEL_LAST_BLOCK_H_
#define PIXELCLIP_CORE_MODEL_LAST_BLOCK_H_

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "core/model/layers.h"
#include "core/model_config.h"

namespace pixelclip {

// Whether the kind needs the block's queries and keys; values, all of them do.
bool UsesQueriesAndKeys(LastBlock kind);

// Runs the last block of a vision transformer so that its patches stay where they are. x: [B, 1 + h * w,
// width], the class token first. Returns the patches only: [B, h * w, width].
//
// published (PixelCLIP) has no attention: each patch's values, out(v), plus the class token; then plus MLP.
// maskclip (Zhou et al. 2022) has none either: values plus the patch itself; then plus MLP.
// sclip (Wang et al. 2023): attention softmax(q q') + softmax(k k'), plus the token; then plus MLP.
// clearclip (Lan et al. 2024): attention softmax(q q'), and nothing else.
// naclip (Hajimiri et al. 2024): attention softmax(k k' + omega), and nothing else.
//
// Products of queries or keys are divided by the root of a head's width, as usual. omega, between patches, is
// exp(-d^2 / (2 * 5^2)) for patches that lie d apart; 0 from and to the class token, which takes part in all
// three attentions.
at::Tensor EncodeLastBlock(LastBlock kind, const ResidualAttentionBlock& block, const at::Tensor& x,
                           int64_t h, int64_t w);

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_MODEL_LAST_BLOCK_H_
