#ifndef PIXELCLIP_TRAINER_METHOD_SINKHORN_H_
#define PIXELCLIP_TRAINER_METHOD_SINKHORN_H_

#include <ATen/core/Tensor.h>

#include "absl/status/statusor.h"
#include "trainer/scale/communicator.h"

namespace pixelclip {

// Assigns masks to clusters so that all clusters get about the same share of all ranks' masks (Sinkhorn and
// Knopp, as SwAV uses it). logits: [M, C] of this rank's masks; M may be 0 and differ between ranks. Returns
// [M, C] float64; each row sums to 1. A cluster that no mask has any probability of, in float64, stays empty.
// Every rank must call it.
absl::StatusOr<at::Tensor> Sinkhorn(const at::Tensor& logits, int rounds, Communicator& communicator);

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_METHOD_SINKHORN_H_
