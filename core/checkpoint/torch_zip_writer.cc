#include "core/checkpoint/torch_zip_writer.h"

#include <zlib.h>

#include <string_view>
#include <utility>
#include <vector>

#include "core/checkpoint/atomic_file.h"
#include "core/checkpoint/problem.h"

namespace pixelclip {
namespace {

constexpr std::string_view kFolder = "pixelclip/";  // any name will do: readers take the first member's
constexpr uint64_t kAlignment = 64;                 // of each member's contents, as PyTorch has it

std::string LittleEndian(uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i));
  return text;
}

// Stored members only, every one with ZIP64 sizes: one way for small files and for those beyond 4 GiB.
class ZipWriter {
 public:
  explicit ZipWriter(AtomicFile& file) : file_(file) {}

  absl::Status Add(const std::string& name, std::string_view contents) {
    const std::string checksum = LittleEndian(
        crc32_z(crc32(0, nullptr, 0), reinterpret_cast<const Bytef*>(contents.data()), contents.size()), 4);
    const std::string sizes = LittleEndian(contents.size(), 8) + LittleEndian(contents.size(), 8);
    const std::string zip64 = LittleEndian(1, 2) + LittleEndian(sizes.size(), 2) + sizes;
    const std::string common = LittleEndian(kVersion, 2) + std::string(4, '\0') /* flags, stored */ +
                               std::string(2, '\0') + LittleEndian(kFirstOf1980, 2) + checksum +
                               LittleEndian(kIn64, 4) + LittleEndian(kIn64, 4) + LittleEndian(name.size(), 2);

    const uint64_t header_offset = position_;
    const uint64_t unpadded = position_ + kLocalHeaderSize + name.size() + zip64.size() + kFieldHeaderSize;
    const uint64_t padding = (kAlignment - unpadded % kAlignment) % kAlignment;
    const std::string extra =
        zip64 + LittleEndian(kPaddingField, 2) + LittleEndian(padding, 2) + std::string(padding, 'Z');
    if (absl::Status status =
            Append(LittleEndian(kLocalHeader, 4) + common + LittleEndian(extra.size(), 2) + name + extra);
        !status.ok()) {
      return status;
    }
    directory_ += LittleEndian(kDirectoryEntry, 4) + LittleEndian(kVersion, 2) + common +
                  LittleEndian(zip64.size() + 8, 2) + std::string(10, '\0') /* comment, disk, attributes */ +
                  LittleEndian(kIn64, 4) + name + LittleEndian(1, 2) + LittleEndian(sizes.size() + 8, 2) +
                  sizes + LittleEndian(header_offset, 8);
    ++members_;
    return Append(contents);
  }

  absl::Status Finish() {
    const uint64_t directory = position_;
    const uint64_t end = directory + directory_.size();
    return Append(directory_ + LittleEndian(kDirectoryEnd64, 4) + LittleEndian(kDirectoryEnd64Size, 8) +
                  LittleEndian(kVersion, 2) + LittleEndian(kVersion, 2) + std::string(8, '\0') +
                  LittleEndian(members_, 8) + LittleEndian(members_, 8) + LittleEndian(directory_.size(), 8) +
                  LittleEndian(directory, 8) + LittleEndian(kDirectoryEnd64Locator, 4) + LittleEndian(0, 4) +
                  LittleEndian(end, 8) + LittleEndian(1, 4) + LittleEndian(kDirectoryEnd, 4) +
                  LittleEndian(0, 4) + LittleEndian(0xffff, 2) + LittleEndian(0xffff, 2) +
                  LittleEndian(kIn64, 4) + LittleEndian(kIn64, 4) + LittleEndian(0, 2));
  }

 private:
  static constexpr uint64_t kLocalHeader = 0x04034b50;
  static constexpr uint64_t kDirectoryEntry = 0x02014b50;
  static constexpr uint64_t kDirectoryEnd = 0x06054b50;
  static constexpr uint64_t kDirectoryEnd64 = 0x06064b50;
  static constexpr uint64_t kDirectoryEnd64Locator = 0x07064b50;
  static constexpr uint64_t kDirectoryEnd64Size = 44;  // after this number itself
  static constexpr uint64_t kLocalHeaderSize = 30;
  static constexpr uint64_t kFieldHeaderSize = 4;
  static constexpr uint64_t kPaddingField = 0x4246;  // the id that PyTorch pads with
  static constexpr uint64_t kVersion = 45;           // the first with ZIP64
  static constexpr uint64_t kFirstOf1980 = 0x21;
  static constexpr uint64_t kIn64 = 0xffffffff;  // "the number is in the ZIP64 record"

  absl::Status Append(std::string_view bytes) {
    position_ += bytes.size();
    return file_.Append(bytes.data(), bytes.size());
  }

  AtomicFile& file_;
  uint64_t position_ = 0;
  uint64_t members_ = 0;
  std::string directory_;
};

// The few opcodes of pickle protocol 2 that such a dict needs. Nothing is memoised: nothing is shared.
class PickleWriter {
 public:
  PickleWriter() { text_ = "\x80\x02"; }

  void Opcode(char opcode) { text_ += opcode; }
  void String(std::string_view value) {
    text_ += 'X' + LittleEndian(value.size(), 4);
    text_.append(value);
  }
  void Global(std::string_view module, std::string_view name) {
    text_ += Concat("c", module, "\n", name, "\n");
  }
  void Integer(int64_t value) { text_ += "\x8a\x08" + LittleEndian(static_cast<uint64_t>(value), 8); }
  void Integers(const std::vector<int64_t>& values) {
    Opcode('(');
    for (const int64_t value : values) Integer(value);
    Opcode('t');
  }

  // What torch._utils._rebuild_tensor_v2 is to be called with.
  void Tensor(const StoredTensor& tensor, std::string_view storage_class, std::string_view key) {
    Global("torch._utils", "_rebuild_tensor_v2");
    Opcode('(');
    Opcode('(');
    String("storage");
    Global("torch", storage_class);
    String(key);
    String("cpu");
    Integer(NumElements(tensor));
    Opcode('t');
    Opcode('Q');  // the tuple is a persistent id
    Integer(0);   // the first element
    Integers(tensor.shape);
    Integers(ContiguousStrides(tensor.shape));
    Opcode('\x89');  // False: no gradient
    Global("collections", "OrderedDict");
    text_ += ")R";  // no hooks
    text_ += "tR";
  }

  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

absl::StatusOr<std::string_view> StorageClass(DType dtype) {
  switch (dtype) {
    case DType::kF16:
      return "HalfStorage";
    case DType::kBF16:
      return "BFloat16Storage";
    case DType::kF32:
      return "FloatStorage";
    case DType::kF64:
      return "DoubleStorage";
    default:
      return Invalid("elements of ", DTypeName(dtype), " cannot be written; floating-point ones can");
  }
}

}  // namespace

absl::Status WriteTorchZip(const std::string& path, const std::map<std::string, StoredTensor>& model) {
  PickleWriter pickle;
  pickle.Opcode('}');
  pickle.String("model");
  pickle.Opcode('}');
  pickle.Opcode('(');
  int storages = 0;
  for (const auto& [name, tensor] : model) {
    const absl::StatusOr<std::string_view> storage_class = StorageClass(tensor.dtype);
    if (!storage_class.ok()) return Prefixed(Concat(path, ": tensor '", name, "'"), storage_class.status());
    pickle.String(name);
    pickle.Tensor(tensor, *storage_class, std::to_string(storages++));
  }
  for (const char opcode : {'u', 's', '.'}) pickle.Opcode(opcode);

  absl::StatusOr<AtomicFile> file = AtomicFile::Create(path);
  if (!file.ok()) return file.status();
  ZipWriter zip(*file);
  const auto add = [&zip](const std::string& name, std::string_view contents) {
    return zip.Add(std::string(kFolder) + name, contents);
  };
  if (absl::Status status = add("data.pkl", pickle.text()); !status.ok()) return status;
  if (absl::Status status = add("byteorder", "little"); !status.ok()) return status;
  storages = 0;
  for (const auto& [name, tensor] : model) {
    const std::vector<std::byte> bytes = ToContiguousBytes(tensor);
    const std::string_view contents(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (absl::Status status = add(Concat("data/", storages++), contents); !status.ok()) return status;
  }
  if (absl::Status status = add("version", "3\n"); !status.ok()) return status;
  if (absl::Status status = zip.Finish(); !status.ok()) return status;
  return file->Commit();
}

}  // namespace pixelclip
