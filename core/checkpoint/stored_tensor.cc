#include "core/checkpoint/stored_tensor.h"

#include <array>
#include <cassert>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace pixelclip {
namespace {

struct DTypeInfo {
  DType dtype;
  std::string_view name;
  int64_t item_size;
};

// In the order of the enumeration.
constexpr std::array<DTypeInfo, 10> kDTypes = {{{DType::kF16, "F16", 2},
                                                {DType::kBF16, "BF16", 2},
                                                {DType::kF32, "F32", 4},
                                                {DType::kF64, "F64", 8},
                                                {DType::kI8, "I8", 1},
                                                {DType::kI16, "I16", 2},
                                                {DType::kI32, "I32", 4},
                                                {DType::kI64, "I64", 8},
                                                {DType::kU8, "U8", 1},
                                                {DType::kBool, "BOOL", 1}}};

const DTypeInfo& InfoOf(DType dtype) { return kDTypes[static_cast<size_t>(dtype)]; }

float FromBits(uint32_t bits) {
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

float HalfToFloat(uint16_t half) {
  const uint32_t sign = static_cast<uint32_t>(half & 0x8000) << 16;
  const uint32_t exponent = (half >> 10) & 0x1f;
  const uint32_t mantissa = half & 0x3ff;
  if (exponent == 0) {  // zero and subnormals: mantissa * 2^-24 is exact in float
    const float magnitude = static_cast<float>(mantissa) * 0x1p-24f;
    return sign ? -magnitude : magnitude;
  }
  if (exponent == 31) return FromBits(sign | 0x7f800000 | (mantissa << 13));
  return FromBits(sign | ((exponent + 112) << 23) | (mantissa << 13));
}

template <typename Stored>
Stored Load(const std::byte* at) {
  Stored value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

// Calls visit(element's address) in row-major order.
template <typename Visit>
void ForEachElement(const StoredTensor& tensor, Visit visit) {
  const int64_t item_size = ItemSize(tensor.dtype);
  const int64_t count = NumElements(tensor);
  const size_t rank = tensor.shape.size();
  std::vector<int64_t> index(rank, 0);
  int64_t offset = 0;
  for (int64_t i = 0; i < count; ++i) {
    visit(tensor.data + offset * item_size);
    for (size_t axis = rank; axis-- > 0;) {
      offset += tensor.strides[axis];
      if (++index[axis] < tensor.shape[axis]) break;
      offset -= tensor.strides[axis] * tensor.shape[axis];
      index[axis] = 0;
    }
  }
}

template <typename Stored, typename Convert>
std::vector<float> Converted(const StoredTensor& tensor, Convert convert) {
  std::vector<float> values;
  values.reserve(static_cast<size_t>(NumElements(tensor)));
  ForEachElement(tensor, [&](const std::byte* at) { values.push_back(convert(Load<Stored>(at))); });
  return values;
}

template <typename Stored>
std::vector<float> Cast(const StoredTensor& tensor) {
  return Converted<Stored>(tensor, [](Stored value) { return static_cast<float>(value); });
}

}  // namespace

int64_t ItemSize(DType dtype) { return InfoOf(dtype).item_size; }

std::string_view DTypeName(DType dtype) { return InfoOf(dtype).name; }

std::optional<DType> DTypeFromName(std::string_view name) {
  for (const DTypeInfo& info : kDTypes) {
    if (info.name == name) return info.dtype;
  }
  return std::nullopt;
}

bool IsFloatingPoint(DType dtype) { return dtype <= DType::kF64; }

std::vector<int64_t> ContiguousStrides(const std::vector<int64_t>& shape) {
  std::vector<int64_t> strides(shape.size());
  int64_t stride = 1;
  for (size_t axis = shape.size(); axis-- > 0;) {
    strides[axis] = stride;
    stride *= shape[axis];
  }
  return strides;
}

int64_t NumElements(const StoredTensor& tensor) {
  int64_t count = 1;
  for (const int64_t size : tensor.shape) count *= size;
  return count;
}

bool IsContiguous(const StoredTensor& tensor) {
  int64_t stride = 1;
  for (size_t axis = tensor.shape.size(); axis-- > 0;) {
    if (tensor.shape[axis] == 1) continue;  // the stride of a single element is never taken
    if (tensor.strides[axis] != stride) return false;
    stride *= tensor.shape[axis];
  }
  return true;
}

StoredTensor Transposed(const StoredTensor& tensor) {
  assert(tensor.shape.size() == 2);
  StoredTensor transposed = tensor;
  std::swap(transposed.shape[0], transposed.shape[1]);
  std::swap(transposed.strides[0], transposed.strides[1]);
  return transposed;
}

std::vector<std::byte> ToContiguousBytes(const StoredTensor& tensor) {
  const size_t item_size = static_cast<size_t>(ItemSize(tensor.dtype));
  const size_t size = static_cast<size_t>(NumElements(tensor)) * item_size;
  if (IsContiguous(tensor)) return std::vector<std::byte>(tensor.data, tensor.data + size);
  std::vector<std::byte> bytes(size);
  std::byte* to = bytes.data();
  ForEachElement(tensor, [&](const std::byte* from) {
    std::memcpy(to, from, item_size);
    to += item_size;
  });
  return bytes;
}

std::vector<float> ToFloat32(const StoredTensor& tensor) {
  switch (tensor.dtype) {
    case DType::kF16:
      return Converted<uint16_t>(tensor, HalfToFloat);
    case DType::kBF16:
      return Converted<uint16_t>(tensor, [](uint16_t v) { return FromBits(static_cast<uint32_t>(v) << 16); });
    case DType::kF32:
      return Cast<float>(tensor);
    case DType::kF64:
      return Cast<double>(tensor);
    case DType::kI8:
      return Cast<int8_t>(tensor);
    case DType::kI16:
      return Cast<int16_t>(tensor);
    case DType::kI32:
      return Cast<int32_t>(tensor);
    case DType::kI64:
      return Cast<int64_t>(tensor);
    case DType::kU8:
    case DType::kBool:
      return Cast<uint8_t>(tensor);
  }
  return {};
}

std::string ShapeString(const std::vector<int64_t>& shape) {
  return absl::StrCat("[", absl::StrJoin(shape, ", "), "]");
}

}  // namespace pixelclip
