#ifndef PIXELCLIP_CORE_CHECKPOINT_STORED_TENSOR_H_
#define PIXELCLIP_CORE_CHECKPOINT_STORED_TENSOR_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pixelclip {

// The element types that a checkpoint may hold. Little-endian, as every supported format stores them.
enum class DType { kF16, kBF16, kF32, kF64, kI8, kI16, kI32, kI64, kU8, kBool };

// Bytes of one element.
int64_t ItemSize(DType dtype);

// In the words of safetensors: "F16", "BF16", "I64", ... DTypeFromName answers nothing for a name that is not
// one of ours (8-bit floats, complex numbers).
std::string_view DTypeName(DType dtype);
std::optional<DType> DTypeFromName(std::string_view name);

// Half, bfloat16, float or double.
bool IsFloatingPoint(DType dtype);

// A view of a tensor in somebody else's memory, mostly a mapped file. The reader that made it has checked
// that every element lies inside that memory and that the number of elements is no larger than the memory
// itself.
//
// `data` is the first element. It is NOT necessarily aligned to the element's size: copy with memcpy.
// Strides are in elements and never negative; an empty shape is a scalar.
struct StoredTensor {
  DType dtype = DType::kF32;
  std::vector<int64_t> shape;
  std::vector<int64_t> strides;
  const std::byte* data = nullptr;
};

// Row-major strides of a shape, in elements.
std::vector<int64_t> ContiguousStrides(const std::vector<int64_t>& shape);

int64_t NumElements(const StoredTensor& tensor);
bool IsContiguous(const StoredTensor& tensor);

// The same memory with the two axes of a matrix exchanged. REQUIRES: tensor.shape.size() == 2.
StoredTensor Transposed(const StoredTensor& tensor);

// The elements in row-major order, in their own dtype.
std::vector<std::byte> ToContiguousBytes(const StoredTensor& tensor);

// The elements in row-major order as float32. Exact for half and bfloat16, infinities and NaN included;
// double and 64-bit integers are rounded to nearest.
std::vector<float> ToFloat32(const StoredTensor& tensor);

// "[128, 3, 16, 16]"
std::string ShapeString(const std::vector<int64_t>& shape);

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_CHECKPOINT_STORED_TENSOR_H_
