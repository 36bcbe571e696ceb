#ifndef PIXELCLIP_CORE_CHECKPOINT_SAFETENSORS_H_
#define PIXELCLIP_CORE_CHECKPOINT_SAFETENSORS_H_

#include <map>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/checkpoint/mapped_file.h"
#include "core/checkpoint/stored_tensor.h"

namespace pixelclip {

// A safetensors file: eight bytes of header length, a JSON header that names dtype, shape and byte range of
// each tensor, and the tensors. Immutable; the tensors point into the mapping, which file() keeps alive.
class SafetensorsFile {
 public:
  // INVALID_ARGUMENT, with the path and the tensor's name, unless the whole file is as the format demands:
  // the header at most 100 MB, at most 100,000 tensors, no name twice, every dtype one of DType, byte ranges
  // that agree with dtype and shape and together cover the rest of the file without gap or overlap.
  static absl::StatusOr<SafetensorsFile> Open(const std::string& path);
  static absl::StatusOr<SafetensorsFile> Parse(std::shared_ptr<const MappedFile> file);

  const std::map<std::string, StoredTensor>& tensors() const { return tensors_; }
  const std::map<std::string, std::string>& metadata() const { return metadata_; }
  const std::shared_ptr<const MappedFile>& file() const { return file_; }

 private:
  SafetensorsFile() = default;

  std::shared_ptr<const MappedFile> file_;
  std::map<std::string, StoredTensor> tensors_;
  std::map<std::string, std::string> metadata_;
};

// Writes the tensors in the order of their names, those of the widest dtype first, so that each is aligned to
// its element size. The file appears under its name when it is complete: a failure (a full disk, say) leaves
// what was there before. Strided tensors are written in row-major order.
absl::Status WriteSafetensors(const std::string& path, const std::map<std::string, StoredTensor>& tensors,
                              const std::map<std::string, std::string>& metadata = {});

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_CHECKPOINT_SAFETENSORS_H_
