#include "trainer/scale/process_group.h"

#include <ATen/ops/full.h>

#include <cstdint>
#include <exception>
#include <torch/csrc/distributed/c10d/Backend.hpp>
#include <utility>

#include "absl/strings/str_cat.h"

namespace pixelclip {
namespace {

absl::Status CheckSendable(const char* call, const at::Tensor& tensor, c10::Device device) {
  if (!tensor.defined() || tensor.device().type() != device.type() || !tensor.is_contiguous())
    return absl::InvalidArgumentError(absl::StrCat(
        call, ": the tensor must be defined, contiguous and on the device type of ", device.str()));
  return absl::OkStatus();
}

// The parameters' shapes and dtypes as one number.
int64_t Fingerprint(const std::vector<at::Tensor>& parameters) {
  uint64_t hash = 14695981039346656037u;  // FNV-1a
  const auto add = [&hash](uint64_t value) { hash = (hash ^ value) * 1099511628211u; };
  for (const at::Tensor& parameter : parameters) {
    add(static_cast<uint64_t>(parameter.scalar_type()));
    add(static_cast<uint64_t>(parameter.dim()));
    for (const int64_t side : parameter.sizes()) add(static_cast<uint64_t>(side));
  }
  return static_cast<int64_t>(hash);
}

}  // namespace

ProcessGroup::ProcessGroup(c10::intrusive_ptr<c10d::Backend> backend, std::unique_ptr<RankMonitor> monitor,
                           c10::Device device, size_t bucket_bytes)
    : rank_(backend->getRank()),
      world_size_(backend->getSize()),
      device_(device),
      bucket_bytes_(bucket_bytes),
      monitor_(std::move(monitor)),
      backend_(std::move(backend)) {}

ProcessGroup::~ProcessGroup() = default;

absl::Status ProcessGroup::AllReduceSum(at::Tensor& tensor) {
  if (auto status = CheckSendable("AllReduceSum", tensor, device_); !status.ok()) return status;
  return Call("AllReduceSum", [&] {
    std::vector<at::Tensor> tensors = {tensor};
    backend_->allreduce(tensors)->wait();
  });
}

absl::Status ProcessGroup::Broadcast(at::Tensor& tensor) {
  if (auto status = CheckSendable("Broadcast", tensor, device_); !status.ok()) return status;
  return Call("Broadcast", [&] {
    std::vector<at::Tensor> tensors = {tensor};
    backend_->broadcast(tensors)->wait();
  });
}

absl::Status ProcessGroup::Barrier() {
  return Call("Barrier", [&] {
    // A sum that is read back: NCCL's own barrier lets the host run on.
    std::vector<at::Tensor> one = {at::full({1}, 1, at::TensorOptions(device_).dtype(at::kLong))};
    backend_->allreduce(one)->wait();
    one[0].item();
  });
}

absl::Status ProcessGroup::WatchGradients(const std::vector<at::Tensor>& parameters) {
  if (buckets_ != nullptr) return absl::FailedPreconditionError("WatchGradients was called before");
  for (size_t i = 0; i < parameters.size(); ++i) {
    const at::Tensor& parameter = parameters[i];
    if (!parameter.defined() || !parameter.is_leaf() || !parameter.requires_grad() ||
        parameter.layout() != at::kStrided || parameter.device().type() != device_.type())
      return absl::InvalidArgumentError(absl::StrCat(
          "parameter ", i, " of ", parameters.size(),
          " is not a dense leaf that requires a gradient on the device type of ", device_.str()));
  }
  if (auto status = CheckSameParameters(parameters); !status.ok()) return status;
  return Call("WatchGradients", [&] {
    buckets_ = std::make_unique<GradientBuckets>(parameters, bucket_bytes_, [this](at::Tensor& flat) {
      std::vector<at::Tensor> tensors = {flat};
      return backend_->allreduce(tensors);
    });
  });
}

absl::Status ProcessGroup::FinishGradients() {
  if (failure_.ok() && buckets_ == nullptr)
    return absl::FailedPreconditionError("FinishGradients was called without WatchGradients");
  return Call("FinishGradients", [&] { buckets_->Finish(); });
}

void ProcessGroup::set_synchronise(bool last_backward) {
  if (buckets_ != nullptr) buckets_->set_synchronise(last_backward);
}

// Buckets of different sizes would hang or crash the transport. All ranks come to the same verdict.
absl::Status ProcessGroup::CheckSameParameters(const std::vector<at::Tensor>& parameters) {
  const int64_t own = Fingerprint(parameters);
  at::Tensor first = at::full({1}, own, at::TensorOptions(device_).dtype(at::kLong));
  if (auto status = Broadcast(first); !status.ok()) return status;
  at::Tensor different = first.ne(own).to(at::kLong);
  if (auto status = AllReduceSum(different); !status.ok()) return status;
  const int64_t count = different.item().toLong();
  if (count == 0) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("WatchGradients: the parameters of ", count, " of ",
                                                 world_size_,
                                                 " ranks differ from rank 0's in number, shape or dtype"));
}

absl::Status ProcessGroup::Call(const char* name, const std::function<void()>& call) {
  if (!failure_.ok()) return failure_;
  std::string problem;
  try {
    call();
    return absl::OkStatus();
  } catch (const c10::Error& e) {
    problem = e.what_without_backtrace();
  } catch (const std::exception& e) {
    problem = e.what();
  }
  return GiveUp(name, problem);
}

// Outside of the handler, whose exception may keep the failed work and with it the connections.
absl::Status ProcessGroup::GiveUp(const char* name, const std::string& problem) {
  // First of all close what is open, so that ranks which wait for this one fail at once and not at their
  // timeout.
  buckets_.reset();
  backend_.reset();
  const std::string lost = monitor_ == nullptr ? "" : absl::StrCat("; ", monitor_->DescribeLost());
  failure_ = absl::UnavailableError(absl::StrCat("rank ", rank_, " of ", world_size_, ": ", name,
                                                 " failed: ", problem.substr(0, problem.find('\n')), lost));
  if (monitor_ != nullptr) monitor_->SetEnding(std::string(failure_.message()));
  return failure_;
}

}  // namespace pixelclip
