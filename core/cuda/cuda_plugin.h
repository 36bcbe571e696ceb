#ifndef PIXELCLIP_CORE_CUDA_CUDA_PLUGIN_H_
#define PIXELCLIP_CORE_CUDA_CUDA_PLUGIN_H_

#include <c10/core/Device.h>

#include <memory>

#include "absl/status/statusor.h"
#include "core/cuda/graph_recorder.h"

namespace pixelclip {

// All that needs LibTorch's CUDA library when it is linked. It is a library of its own, pixelclip_cuda.so,
// because everything else must be built and run where there is no CUDA.
struct CudaPlugin {
  // May be called by any thread. Throws what LibTorch throws.
  std::unique_ptr<GraphRecorder> (*make_recorder)();

  // Whether the GPU multiplies bf16 by itself. Any thread may call it; throws nothing.
  bool (*has_bf16)(c10::Device gpu);
};

inline constexpr char kCudaPluginFile[] = "pixelclip_cuda.so";
inline constexpr char kCudaPluginSymbol[] = "PixelclipCudaPlugin";

// REQUIRES: FindDevice has found a GPU, which loads LibTorch's CUDA library. UNIMPLEMENTED if this project
// was built without the plugin, UNAVAILABLE if it cannot be loaded. Any thread may call it.
absl::StatusOr<const CudaPlugin*> LoadCudaPlugin();

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_CUDA_CUDA_PLUGIN_H_
