#include "trainer/scale/communicator.h"

namespace pixelclip {
namespace {

class SingleProcess : public Communicator {
 public:
  int rank() const override { return 0; }
  int world_size() const override { return 1; }
  absl::Status AllReduceSum(at::Tensor& tensor) override { return absl::OkStatus(); }
  absl::Status Broadcast(at::Tensor& tensor) override { return absl::OkStatus(); }
  absl::Status Barrier() override { return absl::OkStatus(); }
  absl::Status WatchGradients(const std::vector<at::Tensor>& parameters) override { return absl::OkStatus(); }
  absl::Status FinishGradients() override { return absl::OkStatus(); }
  void set_synchronise(bool last_backward) override {}
};

}  // namespace

std::unique_ptr<Communicator> MakeSingleProcess() { return std::make_unique<SingleProcess>(); }

}  // namespace pixelclip
