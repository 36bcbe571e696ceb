#include "core/checkpoint/safetensors.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "core/checkpoint/atomic_file.h"
#include "core/checkpoint/byte_reader.h"
#include "core/checkpoint/problem.h"
#include "core/checkpoint/safetensors_header.h"

namespace pixelclip {
namespace {

constexpr size_t kLengthBytes = 8;
constexpr uint64_t kMaxHeaderBytes = 100'000'000;

// Bytes that a tensor of this dtype and shape takes; nothing if that does not fit an int64.
std::optional<int64_t> ByteSize(DType dtype, const std::vector<int64_t>& shape) {
  // A zero anywhere makes the tensor empty, however large the other sizes are.
  if (std::find(shape.begin(), shape.end(), 0) != shape.end()) return 0;
  int64_t bytes = ItemSize(dtype);
  for (const int64_t size : shape) {
    if (__builtin_mul_overflow(bytes, size, &bytes)) return std::nullopt;
  }
  return bytes;
}

// Checks one entry of the header against the bytes that follow it.
absl::StatusOr<StoredTensor> MakeTensor(const SafetensorsEntry& entry, std::string_view data) {
  const auto refuse = [&](const auto&... words) { return Invalid("tensor '", entry.name, "': ", words...); };
  const std::optional<DType> dtype = DTypeFromName(entry.dtype);
  if (!dtype) return refuse("dtype '", entry.dtype, "' is not supported");
  if (entry.begin > entry.end || entry.end > static_cast<int64_t>(data.size())) {
    return refuse("data_offsets [", entry.begin, ", ", entry.end, "] lie outside the ", data.size(),
                  " bytes of data");
  }
  const std::optional<int64_t> size = ByteSize(*dtype, entry.shape);
  if (!size || *size != entry.end - entry.begin) {
    return refuse("shape ", ShapeString(entry.shape), " of ", entry.dtype, " does not fill data_offsets [",
                  entry.begin, ", ", entry.end, "]");
  }
  return StoredTensor{*dtype, entry.shape, ContiguousStrides(entry.shape),
                      reinterpret_cast<const std::byte*>(data.data()) + entry.begin};
}

// The format forbids both gaps (where something could hide) and shared bytes.
absl::Status CheckCoverage(std::vector<SafetensorsEntry> entries, int64_t data_size) {
  std::sort(entries.begin(), entries.end(), [](const SafetensorsEntry& a, const SafetensorsEntry& b) {
    return std::tie(a.begin, a.end) < std::tie(b.begin, b.end);
  });
  int64_t covered = 0;
  for (const SafetensorsEntry& entry : entries) {
    if (entry.begin != covered) {
      return Invalid("tensor '", entry.name, "' starts at byte ", entry.begin, " of the data, ",
                     entry.begin < covered ? "inside the tensor before it" : "after a gap", ", expected ",
                     covered);
    }
    covered = entry.end;
  }
  if (covered != data_size) {
    return Invalid("the tensors take ", covered, " bytes, but ", data_size, " follow the header");
  }
  return absl::OkStatus();
}

using NamedTensor = std::pair<const std::string, StoredTensor>;

absl::StatusOr<std::string> HeaderFor(const std::vector<const NamedTensor*>& tensors,
                                      const std::map<std::string, std::string>& metadata) {
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  int64_t offset = 0;
  for (const NamedTensor* item : tensors) {
    const StoredTensor& tensor = item->second;
    const int64_t end = offset + NumElements(tensor) * ItemSize(tensor.dtype);
    header[item->first] = {
        {"dtype", DTypeName(tensor.dtype)}, {"shape", tensor.shape}, {"data_offsets", {offset, end}}};
    offset = end;
  }
  std::string text;
  try {
    text = header.dump();
  } catch (const nlohmann::json::exception& error) {
    return Invalid("a name cannot be written as JSON: ", error.what());
  }
  text.resize((text.size() + 7) / 8 * 8, ' ');  // keeps the data aligned
  return text;
}

}  // namespace

absl::StatusOr<SafetensorsFile> SafetensorsFile::Open(const std::string& path) {
  absl::StatusOr<std::shared_ptr<const MappedFile>> file = MappedFile::Open(path);
  if (!file.ok()) return file.status();
  return Parse(*std::move(file));
}

absl::StatusOr<SafetensorsFile> SafetensorsFile::Parse(std::shared_ptr<const MappedFile> file) {
  const auto refuse = [&](const auto&... words) {
    return Invalid(file->path(), ": broken safetensors file: ", words...);
  };
  const std::string_view bytes = file->bytes();
  if (bytes.size() < kLengthBytes) return refuse("only ", bytes.size(), " bytes long");
  const uint64_t header_size = ByteReader(bytes).U64();
  if (header_size > kMaxHeaderBytes) {
    return refuse("a header of ", header_size, " bytes; at most ", kMaxHeaderBytes, " are allowed");
  }
  if (header_size > bytes.size() - kLengthBytes) {
    return refuse("a header of ", header_size, " bytes in a file of ", bytes.size());
  }
  absl::StatusOr<SafetensorsHeader> header = ParseSafetensorsHeader(bytes.substr(kLengthBytes, header_size));
  if (!header.ok()) return refuse(header.status().message());

  const std::string_view data = bytes.substr(kLengthBytes + header_size);
  SafetensorsFile parsed;
  for (const SafetensorsEntry& entry : header->entries) {
    absl::StatusOr<StoredTensor> tensor = MakeTensor(entry, data);
    if (!tensor.ok()) return refuse(tensor.status().message());
    parsed.tensors_.emplace(entry.name, *std::move(tensor));
  }
  const absl::Status coverage = CheckCoverage(std::move(header->entries), static_cast<int64_t>(data.size()));
  if (!coverage.ok()) return refuse(coverage.message());
  parsed.metadata_ = std::move(header->metadata);
  parsed.file_ = std::move(file);
  return parsed;
}

absl::Status WriteSafetensors(const std::string& path, const std::map<std::string, StoredTensor>& tensors,
                              const std::map<std::string, std::string>& metadata) {
  std::vector<const NamedTensor*> ordered;
  for (const NamedTensor& item : tensors) ordered.push_back(&item);
  std::stable_sort(ordered.begin(), ordered.end(), [](const NamedTensor* a, const NamedTensor* b) {
    return ItemSize(a->second.dtype) > ItemSize(b->second.dtype);
  });
  const absl::StatusOr<std::string> header = HeaderFor(ordered, metadata);
  if (!header.ok()) return Prefixed(path, header.status());
  char length[kLengthBytes];
  for (size_t i = 0; i < kLengthBytes; ++i) length[i] = static_cast<char>(header->size() >> (8 * i));

  absl::StatusOr<AtomicFile> file = AtomicFile::Create(path);
  if (!file.ok()) return file.status();
  if (absl::Status status = file->Append(length, sizeof length); !status.ok()) return status;
  if (absl::Status status = file->Append(header->data(), header->size()); !status.ok()) return status;
  for (const NamedTensor* item : ordered) {
    const std::vector<std::byte> bytes = ToContiguousBytes(item->second);
    if (absl::Status status = file->Append(bytes.data(), bytes.size()); !status.ok()) return status;
  }
  return file->Commit();
}

}  // namespace pixelclip
