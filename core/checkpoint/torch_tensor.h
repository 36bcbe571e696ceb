#ifndef PIXELCLIP_CORE_CHECKPOINT_TORCH_TENSOR_H_
#define PIXELCLIP_CORE_CHECKPOINT_TORCH_TENSOR_H_

#include <functional>
#include <string_view>

#include "absl/status/statusor.h"
#include "core/checkpoint/pickle.h"
#include "core/checkpoint/stored_tensor.h"

namespace pixelclip {

// The persistent id by which PyTorch's pickles name a storage:
// ("storage", torch.FloatStorage, key, device, number of elements[, view]).
struct TorchStorageId {
  DType dtype = DType::kF32;
  std::string_view key;
  int64_t elements = 0;
};

// Reads the id of a kPersistent value. INVALID_ARGUMENT for anything that is not such a tuple; UNIMPLEMENTED
// for an element type that DType lacks and for views of storages (written by PyTorch before 0.4 only).
absl::StatusOr<TorchStorageId> ReadStorageId(const PickleValue& persistent);

// Whether the value is the pickled form of some kind of tensor or parameter.
bool IsTorchTensor(const PickleValue& value);

// The bytes of a storage.
using FindStorage = std::function<absl::StatusOr<std::string_view>(const TorchStorageId& id)>;

// Makes a view of the storage from what torch._utils._rebuild_tensor, _rebuild_tensor_v2 or
// _rebuild_parameter would have been called with. INVALID_ARGUMENT unless every element lies inside the
// storage and there are no more elements than the storage has; UNIMPLEMENTED for other kinds of tensor
// (quantised, sparse). REQUIRES: IsTorchTensor(value).
absl::StatusOr<StoredTensor> MakeTorchTensor(const PickleValue& value, const FindStorage& find_storage);

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_CHECKPOINT_TORCH_TENSOR_H_
