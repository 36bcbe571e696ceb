#ifndef PIXELCLIP_TRAINER_SCALE_GRADIENT_BUCKETS_H_
#define PIXELCLIP_TRAINER_SCALE_GRADIENT_BUCKETS_H_

#include <ATen/core/Tensor.h>
#include <c10/util/intrusive_ptr.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

namespace c10d {
class Work;
}

namespace pixelclip {

// Sums parameters' gradients over all ranks while backward runs. Backward reaches the last parameters first,
// so buckets are filled from the end of the list; a bucket goes on its way as soon as its gradients and those
// of all buckets before it are there, which makes the order the same on every rank.
//
// A bucket is one flat tensor: the gradients one after another, then for each of them a one if this rank had
// it. So the sum also tells which gradients no rank had.
//
// Backward may call from any thread of autograd; set_synchronise and Finish are for the thread that starts
// it.
class GradientBuckets {
 public:
  // Starts to replace a tensor by its sum over all ranks. Called in the same order on every rank.
  using AllReduce = std::function<c10::intrusive_ptr<c10d::Work>(at::Tensor& flat)>;

  // REQUIRES: parameters are leaves that require gradients, dense and floating. Throws what LibTorch throws.
  GradientBuckets(const std::vector<at::Tensor>& parameters, size_t bucket_bytes, AllReduce all_reduce);
  // The parameters' hooks stay and do nothing any more.
  ~GradientBuckets();

  void set_synchronise(bool last_backward);

  // Sends what backward did not, waits for all buckets, leaves the sums in .grad(). Throws what `all_reduce`
  // and its work threw, and c10::Error if two backward passes were synchronised; it is of no use afterwards.
  void Finish();

 private:
  class State;
  const std::shared_ptr<State> state_;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_SCALE_GRADIENT_BUCKETS_H_
