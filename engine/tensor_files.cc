#include "engine/tensor_files.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "core/checkpoint/safetensors.h"
#include "core/checkpoint/stored_tensor.h"

namespace pixelclip {
namespace {

constexpr int64_t kMaxSide = 16384;  // pixels; far beyond what an encoder's memory allows

}  // namespace

absl::StatusOr<NetworkInput> ReadNetworkInput(const std::string& path) {
  const absl::StatusOr<SafetensorsFile> file = SafetensorsFile::Open(path);
  if (!file.ok()) return file.status();
  const auto found = file->tensors().find("image");
  if (found == file->tensors().end()) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": no tensor \"image\" among its ", file->tensors().size(), " tensors"));
  }
  const StoredTensor& tensor = found->second;
  const std::vector<int64_t>& shape = tensor.shape;
  const auto is_side = [](int64_t side) { return side >= 1 && side <= kMaxSide; };
  const bool fits =
      shape.size() == 4 && shape[0] == 1 && shape[1] == 3 && is_side(shape[2]) && is_side(shape[3]);
  if (!fits || !IsFloatingPoint(tensor.dtype)) {
    const std::string_view dtype = DTypeName(tensor.dtype);
    return absl::InvalidArgumentError(absl::StrCat(
        path, ": the tensor \"image\" is ", absl::string_view(dtype.data(), dtype.size()), " ",
        ShapeString(shape), ", expected a floating-point one of [1, 3, height, width] with sides of 1 to ",
        kMaxSide));
  }
  return NetworkInput{static_cast<int>(shape[2]), static_cast<int>(shape[3]), ToFloat32(tensor)};
}

absl::Status WriteTensorFile(const std::string& path, const std::string& name, std::vector<int64_t> shape,
                             const std::vector<float>& values) {
  StoredTensor tensor;
  tensor.dtype = DType::kF32;
  tensor.strides = ContiguousStrides(shape);
  tensor.shape = std::move(shape);
  tensor.data = reinterpret_cast<const std::byte*>(values.data());
  return WriteSafetensors(path, {{name, tensor}});
}

}  // namespace pixelclip
