#include "trainer/run/stored_tensors.h"

#include <ATen/ops/empty.h>

#include <array>
#include <cstring>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

namespace pixelclip {
namespace {

constexpr std::array<std::pair<DType, at::ScalarType>, 10> kDTypes = {{{DType::kF16, at::kHalf},
                                                                       {DType::kBF16, at::kBFloat16},
                                                                       {DType::kF32, at::kFloat},
                                                                       {DType::kF64, at::kDouble},
                                                                       {DType::kI8, at::kChar},
                                                                       {DType::kI16, at::kShort},
                                                                       {DType::kI32, at::kInt},
                                                                       {DType::kI64, at::kLong},
                                                                       {DType::kU8, at::kByte},
                                                                       {DType::kBool, at::kBool}}};

}  // namespace

absl::StatusOr<std::map<std::string, StoredTensor>> ViewsOf(
    const std::map<std::string, at::Tensor>& tensors) {
  std::map<std::string, StoredTensor> views;
  for (const auto& [name, tensor] : tensors) {
    for (const auto& [dtype, scalar_type] : kDTypes) {
      if (scalar_type != tensor.scalar_type()) continue;
      views[name] = {dtype, tensor.sizes().vec(), tensor.strides().vec(),
                     static_cast<const std::byte*>(tensor.const_data_ptr())};
    }
    if (views.count(name) == 0) {
      return absl::InvalidArgumentError(absl::StrCat("tensor '", name, "': its dtype cannot be stored"));
    }
  }
  return views;
}

std::map<std::string, at::Tensor> CopiesOf(const std::map<std::string, StoredTensor>& stored) {
  std::map<std::string, at::Tensor> copies;
  for (const auto& [name, tensor] : stored) {
    const at::Tensor copy = at::empty(tensor.shape, kDTypes[static_cast<size_t>(tensor.dtype)].second);
    const std::vector<std::byte> bytes = ToContiguousBytes(tensor);
    if (!bytes.empty()) std::memcpy(copy.mutable_data_ptr(), bytes.data(), bytes.size());
    copies.emplace(name, copy);
  }
  return copies;
}

}  // namespace pixelclip
