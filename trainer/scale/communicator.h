#ifndef PIXELCLIP_TRAINER_SCALE_COMMUNICATOR_H_
#define PIXELCLIP_TRAINER_SCALE_COMMUNICATOR_H_

#include <ATen/core/Tensor.h>

#include <memory>
#include <vector>

#include "absl/status/status.h"

namespace pixelclip {

// The ranks of one training run. All ranks call the same methods in the same order, each from one thread.
// UNAVAILABLE says which ranks were lost or what the transport reported. After it every further call fails
// with the same status, and this rank's connections are closed, so that ranks which wait for it fail too.
class Communicator {
 public:
  virtual ~Communicator() = default;

  virtual int rank() const = 0;
  virtual int world_size() const = 0;

  // Replaces the tensor by its sum over all ranks, on every rank. Contiguous, of a dtype that can be added
  // (not bool), of one shape on all ranks.
  virtual absl::Status AllReduceSum(at::Tensor& tensor) = 0;

  // Replaces the tensor by rank 0's. Contiguous, of one shape and dtype on all ranks.
  virtual absl::Status Broadcast(at::Tensor& tensor) = 0;

  // Returns when every rank has called it.
  virtual absl::Status Barrier() = 0;

  // Prepares the parameters' gradients to be summed over all ranks while backward still runs, in buckets. To
  // be called once, with the same parameters in the same order on every rank; FinishGradients after each
  // backward waits for the last bucket and leaves the sums in .grad(). A parameter that got no gradient on
  // this rank contributes zeros; one that got none on any rank keeps an undefined .grad(). No other method
  // may be called between a backward and its FinishGradients. With one rank both do nothing.
  virtual absl::Status WatchGradients(const std::vector<at::Tensor>& parameters) = 0;
  virtual absl::Status FinishGradients() = 0;

  // Whether the next backward is a step's last, and so sums the gradients: true at first. A step of several
  // micro-batches sets false before the first, true before the last, and calls FinishGradients after the last
  // alone: what is summed is what all of them have left in .grad().
  virtual void set_synchronise(bool last_backward) = 0;
};

// One rank: every method returns at once.
std::unique_ptr<Communicator> MakeSingleProcess();

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_SCALE_COMMUNICATOR_H_
