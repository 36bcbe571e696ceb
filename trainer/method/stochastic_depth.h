#ifndef PIXELCLIP_TRAINER_METHOD_STOCHASTIC_DEPTH_H_
#define PIXELCLIP_TRAINER_METHOD_STOCHASTIC_DEPTH_H_

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace pixelclip {

// Whose blocks: both towers drop some, each others.
enum class Tower { kStudent, kTeacher };

// Which residual blocks pictures go through in one training step, as timm drops them (stochastic depth, Huang
// et al. 2016): the last block is left out with chance `drop_path`, the first never, those between in
// proportion; branches that stay are divided by the chance to stay. [blocks, count] float32 on the CPU, for
// ConvNeXt's branch_factors. Pictures are numbered through the batch of all ranks and drawn for one by one,
// so that neither ranks, micro-batches nor a resumed run change what is drawn. REQUIRES: 0 <= drop_path < 1.
at::Tensor DrawBranchFactors(Tower tower, int64_t blocks, double drop_path, uint64_t seed, int64_t step,
                             int64_t first_picture, int64_t count);

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_METHOD_STOCHASTIC_DEPTH_H_
