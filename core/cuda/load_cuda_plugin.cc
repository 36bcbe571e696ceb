#include <dlfcn.h>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "core/cuda/cuda_plugin.h"

namespace pixelclip {

absl::StatusOr<const CudaPlugin*> LoadCudaPlugin() {
#ifdef PIXELCLIP_WITH_CUDA_PLUGIN
  // Never closed: graphs may outlive whoever asked for them.
  void* library = dlopen(kCudaPluginFile, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return absl::UnavailableError(absl::StrCat("GPUs: ", dlerror()));
  const void* plugin = dlsym(library, kCudaPluginSymbol);
  if (plugin == nullptr) return absl::UnavailableError(absl::StrCat("GPUs: ", dlerror()));
  return static_cast<const CudaPlugin*>(plugin);
#else
  return absl::UnimplementedError(
      "this build cannot use GPUs: CUDA's headers were not found when it was made (docs/performance.md)");
#endif
}

}  // namespace pixelclip
