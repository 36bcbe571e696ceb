#ifndef PIXELCLIP_TRAINER_RUN_STORED_TENSORS_H_
#define PIXELCLIP_TRAINER_RUN_STORED_TENSORS_H_

#include <ATen/core/Tensor.h>

#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "core/checkpoint/stored_tensor.h"

namespace pixelclip {

// Views of tensors for core's writers. The tensors must outlive them, on the CPU. INVALID_ARGUMENT for a
// dtype that DType lacks.
absl::StatusOr<std::map<std::string, StoredTensor>> ViewsOf(const std::map<std::string, at::Tensor>& tensors);

// Copies, in their own dtypes.
std::map<std::string, at::Tensor> CopiesOf(const std::map<std::string, StoredTensor>& stored);

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_RUN_STORED_TENSORS_H_
