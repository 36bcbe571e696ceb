#include "core/checkpoint/torch_tensor.h"

#include <optional>
#include <utility>
#include <vector>

#include "core/checkpoint/problem.h"

namespace pixelclip {
namespace {

using Kind = PickleValue::Kind;

constexpr size_t kMaxRank = 16;
constexpr int kMaxWrappers = 4;  // parameters of parameters

struct StorageClass {
  std::string_view name;
  DType dtype;
};

constexpr StorageClass kStorageClasses[] = {
    {"torch.HalfStorage", DType::kF16},  {"torch.BFloat16Storage", DType::kBF16},
    {"torch.FloatStorage", DType::kF32}, {"torch.DoubleStorage", DType::kF64},
    {"torch.CharStorage", DType::kI8},   {"torch.ShortStorage", DType::kI16},
    {"torch.IntStorage", DType::kI32},   {"torch.LongStorage", DType::kI64},
    {"torch.ByteStorage", DType::kU8},   {"torch.BoolStorage", DType::kBool},
};

bool IsWrapper(const PickleValue& callable) {
  return callable.IsGlobal("torch._utils._rebuild_parameter") ||
         callable.IsGlobal("torch._utils._rebuild_parameter_with_state");
}

bool IsPlainTensor(const PickleValue& callable) {
  return callable.IsGlobal("torch._utils._rebuild_tensor_v2") ||
         callable.IsGlobal("torch._utils._rebuild_tensor");
}

// A torch.Size or a plain tuple of non-negative integers.
absl::StatusOr<std::vector<int64_t>> ReadSizes(const PickleValue& value) {
  const PickleValue* tuple = &value;
  if (value.kind == Kind::kObject && value.callable->IsGlobal("torch.Size") &&
      value.operand->items.size() == 1) {
    tuple = value.operand->items.front();
  }
  if (tuple->kind != Kind::kTuple && tuple->kind != Kind::kList)
    return Invalid("a shape that is not a tuple");
  if (tuple->items.size() > kMaxRank) return Invalid("more than ", kMaxRank, " dimensions");
  std::vector<int64_t> sizes;
  for (const PickleValue* item : tuple->items) {
    if (item->kind != Kind::kInt || item->integer < 0)
      return Invalid("a shape with something other than sizes in it");
    sizes.push_back(item->integer);
  }
  return sizes;
}

// The elements from the storage's first to the view's last; nothing if there is no such number.
std::optional<int64_t> Extent(int64_t offset, const std::vector<int64_t>& shape,
                              const std::vector<int64_t>& strides) {
  int64_t last = offset;
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    if (shape[axis] == 0) return 0;
    int64_t step = 0;
    if (__builtin_mul_overflow(shape[axis] - 1, strides[axis], &step) ||
        __builtin_add_overflow(last, step, &last)) {
      return std::nullopt;
    }
  }
  if (__builtin_add_overflow(last, 1, &last)) return std::nullopt;
  return last;
}

bool HasMoreElementsThan(int64_t limit, const std::vector<int64_t>& shape) {
  int64_t count = 1;
  for (const int64_t size : shape) {
    if (size == 0) return false;
    if (__builtin_mul_overflow(count, size, &count)) return true;
  }
  return count > limit;
}

}  // namespace

absl::StatusOr<TorchStorageId> ReadStorageId(const PickleValue& persistent) {
  const PickleValue* id = persistent.operand;
  if (persistent.kind != Kind::kPersistent || id->kind != Kind::kTuple || id->items.size() < 5 ||
      !id->items[0]->IsString("storage") || id->items[1]->kind != Kind::kGlobal ||
      id->items[2]->kind != Kind::kString || id->items[4]->kind != Kind::kInt || id->items[4]->integer < 0) {
    return Invalid("not a reference to a storage of PyTorch");
  }
  if (id->items.size() > 5 && id->items[5]->kind != Kind::kNone) {
    return Unsupported(
        "a view of a storage, as PyTorch before 0.4 wrote it, is not supported: save the file again");
  }
  for (const StorageClass& known : kStorageClasses) {
    if (id->items[1]->text == known.name)
      return TorchStorageId{known.dtype, id->items[2]->text, id->items[4]->integer};
  }
  return Unsupported("elements of ", id->items[1]->text, " are not supported");
}

bool IsTorchTensor(const PickleValue& value) {
  if (value.kind != Kind::kObject || value.callable->kind != Kind::kGlobal) return false;
  const std::string_view name = value.callable->text;
  return name.substr(0, 21) == "torch._utils._rebuild" || name.substr(0, 22) == "torch._tensor._rebuild";
}

absl::StatusOr<StoredTensor> MakeTorchTensor(const PickleValue& value, const FindStorage& find_storage) {
  const PickleValue* call = &value;
  for (int i = 0; i < kMaxWrappers && IsTorchTensor(*call) && IsWrapper(*call->callable); ++i) {
    if (call->operand->items.empty()) return Invalid("a parameter without a tensor");
    call = call->operand->items.front();
  }
  if (!IsTorchTensor(*call)) return Invalid("a parameter of something other than a tensor");
  if (!IsPlainTensor(*call->callable))
    return Unsupported("what ", call->callable->text, " makes is not supported");

  const std::vector<const PickleValue*>& arguments = call->operand->items;
  if (arguments.size() < 4 || arguments[1]->kind != Kind::kInt || arguments[1]->integer < 0) {
    return Invalid("a tensor without storage, offset, shape and strides");
  }
  const absl::StatusOr<TorchStorageId> id = ReadStorageId(*arguments[0]);
  if (!id.ok()) return id.status();
  const absl::StatusOr<std::string_view> bytes = find_storage(*id);
  if (!bytes.ok()) return bytes.status();
  const int64_t available = static_cast<int64_t>(bytes->size()) / ItemSize(id->dtype);
  if (id->elements > available) {
    return Invalid("storage '", id->key, "' should have ", id->elements, " elements, but has ", available);
  }

  const int64_t offset = arguments[1]->integer;
  absl::StatusOr<std::vector<int64_t>> shape = ReadSizes(*arguments[2]);
  if (!shape.ok()) return shape.status();
  absl::StatusOr<std::vector<int64_t>> strides = ReadSizes(*arguments[3]);
  if (!strides.ok()) return strides.status();
  if (shape->size() != strides->size()) return Invalid("a shape and strides of different lengths");
  const std::optional<int64_t> extent = Extent(offset, *shape, *strides);
  if (!extent || *extent > id->elements) {
    return Invalid("shape ", ShapeString(*shape), " with strides ", ShapeString(*strides), " from element ",
                   offset, " leaves storage '", id->key, "' of ", id->elements, " elements");
  }
  // An expanded tensor repeats its elements by strides of 0: a few bytes could claim to be terabytes.
  if (HasMoreElementsThan(id->elements, *shape)) {
    return Invalid("shape ", ShapeString(*shape), " repeats the ", id->elements, " elements of storage '",
                   id->key, "'");
  }
  const bool empty = *extent == 0;
  return StoredTensor{
      id->dtype, *std::move(shape), *std::move(strides),
      reinterpret_cast<const std::byte*>(bytes->data()) + (empty ? 0 : offset * ItemSize(id->dtype))};
}

}  // namespace pixelclip
