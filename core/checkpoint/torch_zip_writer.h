#ifndef PIXELCLIP_CORE_CHECKPOINT_TORCH_ZIP_WRITER_H_
#define PIXELCLIP_CORE_CHECKPOINT_TORCH_ZIP_WRITER_H_

#include <map>
#include <string>

#include "absl/status/status.h"
#include "core/checkpoint/stored_tensor.h"

namespace pixelclip {

// Writes the dict {"model": {NAME: tensor, ...}} as torch.save does: a ZIP archive that torch.load (with
// weights_only), ReadTorchZip and detectron2 read. Every tensor gets a storage of its own, in row-major
// order, aligned to 64 bytes. The file appears under its name when it is complete. INVALID_ARGUMENT, with the
// tensor's name, for a dtype that is not floating-point; otherwise the system's error with the path.
absl::Status WriteTorchZip(const std::string& path, const std::map<std::string, StoredTensor>& model);

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_CHECKPOINT_TORCH_ZIP_WRITER_H_
