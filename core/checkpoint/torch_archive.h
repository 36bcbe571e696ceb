#ifndef PIXELCLIP_CORE_CHECKPOINT_TORCH_ARCHIVE_H_
#define PIXELCLIP_CORE_CHECKPOINT_TORCH_ARCHIVE_H_

#include <map>
#include <set>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "core/checkpoint/stored_tensor.h"

namespace pixelclip {

// The tensors of a file that torch.save or torch.jit.save wrote, by the names of its state dict.
struct TorchArchive {
  std::string format;                           // "torch zip", "TorchScript" or "torch legacy"
  std::map<std::string, StoredTensor> tensors;  // views into the bytes that were read
  std::set<std::string> module_classes;  // TorchScript: class names of its modules, such as "QuickGELU"
};

// Reads a ZIP archive of PyTorch 1.6 or later, of either kind. Of a dict that has no tensors of its own, the
// state dict is what `state_dict` or `model` holds; the rest may be anything and is not looked at. Nothing of
// a pickle is executed, no code of a TorchScript archive is looked at. INVALID_ARGUMENT for a broken or
// big-endian file, for tensors that leave their storage, and where there is no state dict; UNIMPLEMENTED for
// kinds of tensors that DType and MakeTorchTensor do not cover. Memory and time are linear in the file's
// size; the tensors themselves are not copied.
absl::StatusOr<TorchArchive> ReadTorchZip(std::string_view bytes);

// The same for the older format: five pickles, of which the first holds a magic number, then the storages.
bool IsLegacyTorchFile(std::string_view bytes);
absl::StatusOr<TorchArchive> ReadLegacyTorchFile(std::string_view bytes);

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_CHECKPOINT_TORCH_ARCHIVE_H_
