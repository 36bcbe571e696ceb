#ifndef PIXELCLIP_TRAINER_SCALE_PROCESS_GROUP_H_
#define PIXELCLIP_TRAINER_SCALE_PROCESS_GROUP_H_

#include <c10/core/Device.h>
#include <c10/util/intrusive_ptr.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "trainer/scale/communicator.h"
#include "trainer/scale/gradient_buckets.h"
#include "trainer/scale/rank_monitor.h"

namespace c10d {
class Backend;
}

namespace pixelclip {

// The ranks behind one of c10d's backends, Gloo or NCCL.
class ProcessGroup : public Communicator {
 public:
  // `device` is where this backend's tensors live.
  ProcessGroup(c10::intrusive_ptr<c10d::Backend> backend, std::unique_ptr<RankMonitor> monitor,
               c10::Device device, size_t bucket_bytes);
  ~ProcessGroup() override;

  int rank() const override { return rank_; }
  int world_size() const override { return world_size_; }
  absl::Status AllReduceSum(at::Tensor& tensor) override;
  absl::Status Broadcast(at::Tensor& tensor) override;
  absl::Status Barrier() override;
  absl::Status WatchGradients(const std::vector<at::Tensor>& parameters) override;
  absl::Status FinishGradients() override;
  void set_synchronise(bool last_backward) override;

 private:
  // Runs one call of the backend; what it throws becomes failure_, which every later call returns.
  absl::Status Call(const char* name, const std::function<void()>& call);
  absl::Status GiveUp(const char* name, const std::string& problem);
  absl::Status CheckSameParameters(const std::vector<at::Tensor>& parameters);

  const int rank_;
  const int world_size_;
  const c10::Device device_;
  const size_t bucket_bytes_;
  absl::Status failure_;

  // Destroyed from the last: work in flight, its backend, the word to the others.
  std::unique_ptr<RankMonitor> monitor_;
  c10::intrusive_ptr<c10d::Backend> backend_;
  std::unique_ptr<GradientBuckets> buckets_;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_SCALE_PROCESS_GROUP_H_
