#ifndef PIXELCLIP_CORE_CHECKPOINT_WEIGHT_FILE_H_
#define PIXELCLIP_CORE_CHECKPOINT_WEIGHT_FILE_H_

#include <cstddef>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/checkpoint/mapped_file.h"
#include "core/checkpoint/stored_tensor.h"

namespace pixelclip {

using TensorMap = std::map<std::string, StoredTensor>;

// Tensors by the names that the file gives them; only the prefix "module." that data-parallel training leaves
// on every name is taken off. The tensors point into the files.
struct WeightFile {
  std::shared_ptr<const MappedFile> file;
  std::vector<std::shared_ptr<const MappedFile>> further_files;  // where the weights are split over several
  std::string format;                                            // as in Checkpoint
  TensorMap tensors;
  std::set<std::string> module_classes;  // TorchScript only, see TorchArchive
};

// Opens a file of any supported format, told by its first bytes. Errors start with the path and, where the
// format is not supported, say what it is.
absl::StatusOr<WeightFile> OpenWeightFile(const std::string& path);

// The file itself, or the one weight file of the directory: the one whose tensors are those of a CLIP in some
// layout. The files that an index of Hugging Face's names (a JSON file with weight_map) count as one. Of
// several, safetensors goes before pickles; several of one format or of different layouts are refused.
absl::StatusOr<WeightFile> FindWeightFile(const std::string& path);

// All files together.
size_t TotalBytes(const WeightFile& weights);

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_CHECKPOINT_WEIGHT_FILE_H_
