#include "core/model/device.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/ones.h>
#include <c10/core/CachingDeviceAllocator.h>
#include <c10/core/InferenceMode.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <c10/util/Exception.h>
#include <dlfcn.h>

#include "absl/strings/str_cat.h"
#include "core/model/guarded.h"

namespace pixelclip {
namespace {

// Empty, or why there is no CUDA.
std::string LoadCuda() {
  // Never closed: its kernels are registered in LibTorch's tables from then on.
  return dlopen("libtorch_cuda.so", RTLD_NOW | RTLD_GLOBAL) == nullptr ? dlerror() : "";
}

}  // namespace

absl::StatusOr<c10::Device> FindDevice(const std::string& name) {
  c10::Device device(c10::kCPU);
  try {
    device = c10::Device(name);
  } catch (const c10::Error&) {
    return absl::InvalidArgumentError(absl::StrCat("device \"", name, "\" is neither cpu nor cuda:NUMBER"));
  }
  if (device.is_cpu()) return device;
  if (!device.is_cuda())
    return absl::InvalidArgumentError(absl::StrCat("device \"", name, "\" is neither cpu nor cuda:NUMBER"));

  static const std::string& problem = *new std::string(LoadCuda());
  if (!problem.empty())
    return absl::UnavailableError(
        absl::StrCat("device ", name, ": LibTorch's CUDA library cannot be loaded: ", problem));
  const auto* cuda = c10::impl::getDeviceGuardImpl(c10::DeviceType::CUDA);
  const int count = cuda->deviceCount();
  if (device.index() >= count)
    return absl::UnavailableError(
        absl::StrCat("device ", name, ": this machine has ", count, " CUDA devices"));
  return device;
}

bool Computes(c10::Device device) {
  constexpr int kNumbers = 64;
  const auto sum = Guarded([&]() -> absl::StatusOr<double> {
    const c10::InferenceMode no_gradients;
    return at::ones({kNumbers}, device).sum().item<double>();
  });
  if (sum.ok()) return *sum == kNumbers;
  return !device.is_cpu() && absl::IsResourceExhausted(sum.status());
}

size_t MemoryTakenOf(c10::Device gpu) {
  try {
    const auto stats = c10::getDeviceAllocator(gpu.type())->getDeviceStats(gpu.index());
    return stats.reserved_bytes[static_cast<size_t>(c10::CachingAllocator::StatType::AGGREGATE)].current;
  } catch (const c10::Error&) {
    return 0;
  }
}

}  // namespace pixelclip
