#include <dlfcn.h>

#include <string>
#include <torch/csrc/distributed/c10d/Backend.hpp>
#include <torch/csrc/distributed/c10d/Store.hpp>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "core/model/device.h"
#include "trainer/scale/connect.h"
#include "trainer/scale/meet.h"
#include "trainer/scale/nccl_plugin.h"

namespace pixelclip {
namespace {

absl::StatusOr<MakeNcclBackend*> LoadPlugin() {
#ifdef PIXELCLIP_WITH_NCCL
  // Never closed: LibTorch keeps what it registers.
  void* plugin = dlopen(kNcclPlugin, RTLD_NOW | RTLD_LOCAL);
  if (plugin == nullptr) return absl::UnavailableError(absl::StrCat("NCCL cannot be loaded: ", dlerror()));
  void* function = dlsym(plugin, kMakeNcclBackend);
  if (function == nullptr)
    return absl::UnavailableError(absl::StrCat(kNcclPlugin, " is not this trainer's: ", dlerror()));
  return reinterpret_cast<MakeNcclBackend*>(function);
#else
  return absl::UnimplementedError(
      "this build has no NCCL: its headers and the CUDA libraries' were not found (docs/distributed.md)");
#endif
}

}  // namespace

absl::StatusOr<std::unique_ptr<Communicator>> ConnectNccl(const LaunchEnvironment& environment,
                                                          c10::Device device, const ConnectOptions& options) {
  if (!device.is_cuda() || !device.has_index())
    return absl::InvalidArgumentError(absl::StrCat("NCCL needs a device such as cuda:0, not ", device.str()));
  // Also loads LibTorch's CUDA library, which the plugin needs.
  if (auto found = FindDevice(device.str()); !found.ok()) return found.status();
  auto plugin = LoadPlugin();
  if (!plugin.ok()) return plugin.status();

  const auto make =
      [&](c10::intrusive_ptr<c10d::Store> store) -> absl::StatusOr<c10::intrusive_ptr<c10d::Backend>> {
    std::string problem;
    c10d::Backend* backend =
        (*plugin)(store, environment.rank, environment.world_size, device, options.timeout.count(), &problem);
    if (backend == nullptr) return absl::UnavailableError(absl::StrCat("NCCL: ", problem));
    return c10::intrusive_ptr<c10d::Backend>::reclaim(backend);
  };
  return Meet(environment, device, options, "nccl", make);
}

}  // namespace pixelclip
