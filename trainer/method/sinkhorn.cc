#include "trainer/method/sinkhorn.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/softmax.h>

#include <limits>

namespace pixelclip {

absl::StatusOr<at::Tensor> Sinkhorn(const at::Tensor& logits, int rounds, Communicator& communicator) {
  // Float64, so that the order in which ranks are summed hardly ever decides an assignment. The published
  // code also divides by the numbers of masks and of clusters on the way; both factors cancel.
  const double tiny = std::numeric_limits<double>::min();
  at::Tensor q = at::softmax(logits.to(at::kDouble), 1);
  for (int round = 0; round < rounds; ++round) {
    at::Tensor cluster_sums = q.sum(0);
    if (absl::Status status = communicator.AllReduceSum(cluster_sums); !status.ok()) return status;
    q = q / cluster_sums.clamp_min(tiny);
    q = q / q.sum(1, /*keepdim=*/true).clamp_min(tiny);
  }
  return q;
}

}  // namespace pixelclip
