#ifndef PIXELCLIP_TRAINER_SCALE_NCCL_PLUGIN_H_
#define PIXELCLIP_TRAINER_SCALE_NCCL_PLUGIN_H_

#include <c10/core/Device.h>
#include <c10/util/intrusive_ptr.h>

#include <cstdint>
#include <string>

namespace c10d {
class Backend;
class Store;
}  // namespace c10d

namespace pixelclip {

// The one function of pixelclip_nccl.so, which is a library of its own because it needs LibTorch's CUDA part
// and NCCL, and the trainer must run where neither can be loaded.
constexpr char kNcclPlugin[] = "pixelclip_nccl.so";
constexpr char kMakeNcclBackend[] = "PixelclipMakeNcclBackend";

// Returns a backend with one reference, which the caller takes over, or null with `problem` set. Throws
// nothing.
using MakeNcclBackend = c10d::Backend*(const c10::intrusive_ptr<c10d::Store>& store, int rank, int world_size,
                                       c10::Device device, int64_t timeout_milliseconds,
                                       std::string* problem);

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_SCALE_NCCL_PLUGIN_H_
