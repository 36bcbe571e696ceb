#ifndef PIXELCLIP_TRAINER_METHOD_MASKED_LOSS_H_
#define PIXELCLIP_TRAINER_METHOD_MASKED_LOSS_H_

#include <ATen/core/Tensor.h>

#include <vector>

#include "trainer/method/bilinear_pair.h"
#include "trainer/method/decoder.h"
#include "trainer/method/targets.h"

namespace pixelclip {

// What decoding and comparing some cost volumes gave.
struct MaskedLoss {
  at::Tensor loss;       // float64 scalar
  at::Tensor gradients;  // of the loss with respect to the cost volumes, in their shape
};

// The sum, times `scale`, of the binary cross-entropies between the targets' channels and the decoder's
// logits at the mask resolution, where the picture is covered. Decoder and loss run forwards and backwards
// for a few maps at a time, which bounds memory by those few and keeps them in a CPU's cache: the gradients
// of the decoder's kernels add up in their .grad().
//
// cost_volumes: [n, 1, h, w], all channels of all pictures in order, without a graph. `decoder`: detached.
MaskedLoss DecodeAndCompare(const at::Tensor& cost_volumes, const std::vector<PictureTargets>& targets,
                            const Decoder& decoder, const BilinearPair& upsampling, double scale,
                            bool bfloat16);

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_METHOD_MASKED_LOSS_H_
