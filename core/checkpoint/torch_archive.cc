#include "core/checkpoint/torch_archive.h"

#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/checkpoint/byte_reader.h"
#include "core/checkpoint/pickle.h"
#include "core/checkpoint/problem.h"
#include "core/checkpoint/torch_tensor.h"
#include "core/checkpoint/zip_archive.h"

namespace pixelclip {
namespace {

using Kind = PickleValue::Kind;

constexpr size_t kMaxTensors = 100'000;
constexpr size_t kMaxModules = 100'000;
constexpr size_t kMaxNameLength = 1024;
constexpr int kMaxNesting = 4;  // of dicts around the state dict
constexpr std::string_view kScriptClasses = "__torch__.";

bool StartsWith(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

bool IsScriptModule(const PickleValue& value) {
  return value.kind == Kind::kObject && value.callable->kind == Kind::kGlobal &&
         StartsWith(value.callable->text, kScriptClasses) && value.state != nullptr &&
         value.state->IsMapping();
}

// What a file holds instead of a state dict, for a message.
std::string Describe(const PickleValue& value) {
  switch (value.kind) {
    case Kind::kObject:
      if (value.callable->kind == Kind::kGlobal) return Concat("an object of ", value.callable->text);
      return "an object";
    case Kind::kDict:
      return "a dict without tensors";
    case Kind::kList:
      return "a list";
    case Kind::kTuple:
      return "a tuple";
    default:
      return "a plain value";
  }
}

absl::Status AddTensor(std::string name, const PickleValue& value, const FindStorage& find_storage,
                       TorchArchive& to) {
  absl::StatusOr<StoredTensor> tensor = MakeTorchTensor(value, find_storage);
  if (!tensor.ok()) return Prefixed(Concat("tensor '", name, "'"), tensor.status());
  if (to.tensors.size() == kMaxTensors) return Invalid("more than ", kMaxTensors, " tensors");
  to.tensors.insert_or_assign(std::move(name), *std::move(tensor));
  return absl::OkStatus();
}

// Calls visit(key, value) for the items whose key is a string.
template <typename Visit>
absl::Status ForEachItem(const PickleValue& mapping, Visit visit) {
  for (size_t i = 0; i + 1 < mapping.items.size(); i += 2) {
    if (mapping.items[i]->kind != Kind::kString) continue;
    if (mapping.items[i]->text.size() > kMaxNameLength)
      return Invalid("a name of more than ", kMaxNameLength, " bytes");
    if (absl::Status status = visit(mapping.items[i]->text, *mapping.items[i + 1]); !status.ok())
      return status;
  }
  return absl::OkStatus();
}

// Walks the tree of modules. Modules may be shared, so that a small pickle can describe an endless tree: the
// walk is bounded in the number of modules and in the length of their names.
absl::Status CollectFromModules(const PickleValue& root, const FindStorage& find_storage, TorchArchive& to) {
  std::vector<std::pair<std::string, const PickleValue*>> pending = {{"", &root}};
  for (size_t visited = 0; !pending.empty(); ++visited) {
    if (visited == kMaxModules) return Invalid("more than ", kMaxModules, " modules");
    const auto [prefix, module] = std::move(pending.back());
    pending.pop_back();
    const std::string_view class_name = module->callable->text;
    to.module_classes.emplace(class_name.substr(class_name.rfind('.') + 1));
    const absl::Status status =
        ForEachItem(*module->state, [&](std::string_view key, const PickleValue& value) -> absl::Status {
          std::string name = Concat(prefix, key);
          if (name.size() > kMaxNameLength) return Invalid("a name of more than ", kMaxNameLength, " bytes");
          if (IsTorchTensor(value)) return AddTensor(std::move(name), value, find_storage, to);
          if (!IsScriptModule(value)) return absl::OkStatus();
          if (pending.size() == kMaxModules) return Invalid("more than ", kMaxModules, " modules");
          pending.emplace_back(Concat(name, "."), &value);
          return absl::OkStatus();
        });
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

bool HasTensors(const PickleValue& mapping) {
  for (size_t i = 1; i < mapping.items.size(); i += 2) {
    if (IsTorchTensor(*mapping.items[i])) return true;
  }
  return false;
}

absl::Status CollectFromStateDict(const PickleValue& root, const FindStorage& find_storage,
                                  TorchArchive& to) {
  const PickleValue* dict = &root;
  for (int depth = 0; depth < kMaxNesting && dict->IsMapping() && !HasTensors(*dict); ++depth) {
    const PickleValue* inner = FindItem(*dict, "state_dict");
    if (inner == nullptr) inner = FindItem(*dict, "model");
    if (inner == nullptr) inner = FindItem(*dict, "teacher");  // DINO's full checkpoints
    if (inner == nullptr) break;
    dict = inner;
  }
  if (!dict->IsMapping() || !HasTensors(*dict)) {
    return Invalid("found ", Describe(*dict),
                   ", expected a dict of tensors (a state dict), by itself or under ",
                   "'state_dict', 'model' or 'teacher'");
  }
  return ForEachItem(*dict, [&](std::string_view name, const PickleValue& value) {
    return IsTorchTensor(value) ? AddTensor(std::string(name), value, find_storage, to) : absl::OkStatus();
  });
}

absl::Status Collect(const PickleValue& root, const FindStorage& find_storage, TorchArchive& to) {
  return IsScriptModule(root) ? CollectFromModules(root, find_storage, to)
                              : CollectFromStateDict(root, find_storage, to);
}

// PyTorch puts everything into one folder, called after the file.
absl::StatusOr<std::string> FindFolder(const ZipArchive& zip) {
  constexpr std::string_view kPickle = "data.pkl";
  std::string folder;
  for (const auto& [name, member] : zip.members()) {
    const size_t slash = name.find('/');
    if (slash == std::string::npos || name.substr(slash + 1) != kPickle) continue;
    if (!folder.empty()) return Invalid("a ZIP archive with two data.pkl");
    folder = name.substr(0, slash + 1);
  }
  if (folder.empty()) return Invalid("a ZIP archive, but not one of PyTorch (FOLDER/data.pkl is missing)");
  return folder;
}

// 10 bytes of LONG1: 0x1950a86a20f9469cfc6c.
constexpr std::string_view kLegacyMagic = "\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19";

// Reads one pickle and moves past it.
absl::StatusOr<Pickle> NextPickle(std::string_view& bytes) {
  absl::StatusOr<Pickle> pickle = ReadPickle(bytes);
  if (pickle.ok()) bytes.remove_prefix(pickle->size);
  return pickle;
}

using Storages = std::unordered_map<std::string_view, std::string_view>;

// The storages follow in the order of their keys: a count of elements each, and the elements.
absl::StatusOr<Storages> ReadLegacyStorages(const Pickle& contents, const Pickle& keys,
                                            std::string_view bytes) {
  std::unordered_map<std::string_view, TorchStorageId> ids;
  for (const PickleValue& value : contents.values) {
    if (value.kind != Kind::kPersistent) continue;
    absl::StatusOr<TorchStorageId> id = ReadStorageId(value);
    if (!id.ok()) return id.status();  // without its element size, what follows it cannot be found
    ids.emplace(id->key, *id);
  }
  Storages storages;
  ByteReader reader(bytes);
  for (const PickleValue* key : keys.root->items) {
    const auto id = ids.find(key->text);
    if (id == ids.end()) return Invalid("storage '", key->text, "' is not used by any tensor");
    const uint64_t elements = reader.U64();
    if (elements != static_cast<uint64_t>(id->second.elements)) {
      return Invalid("storage '", key->text, "' should have ", id->second.elements, " elements, but has ",
                     elements);
    }
    const uint64_t item_size = static_cast<uint64_t>(ItemSize(id->second.dtype));
    if (elements > reader.remaining() / item_size) return Invalid("storage '", key->text, "' is truncated");
    storages[key->text] = reader.Bytes(elements * item_size);
  }
  if (reader.failed()) return Invalid("the storages are truncated");
  return storages;
}

}  // namespace

absl::StatusOr<TorchArchive> ReadTorchZip(std::string_view bytes) {
  const absl::StatusOr<ZipArchive> zip = ZipArchive::Parse(bytes);
  if (!zip.ok()) return zip.status();
  const absl::StatusOr<std::string> folder = FindFolder(*zip);
  if (!folder.ok()) return folder.status();
  if (const std::string name = *folder + "byteorder"; zip->Contains(name)) {
    const absl::StatusOr<std::string_view> order = zip->Read(name);
    if (!order.ok()) return order.status();
    if (*order != "little")
      return Unsupported("tensors in the byte order '", order->substr(0, 16), "', expected 'little'");
  }
  const absl::StatusOr<std::string_view> contents = zip->Read(*folder + "data.pkl");
  if (!contents.ok()) return contents.status();
  const absl::StatusOr<Pickle> pickle = ReadPickle(*contents);
  if (!pickle.ok()) return pickle.status();

  const FindStorage find_storage = [&](const TorchStorageId& id) {
    const std::string in_data = Concat(*folder, "data/", id.key);
    return zip->Read(zip->Contains(in_data) ? in_data : Concat(*folder, "constants/", id.key));
  };
  TorchArchive archive;
  archive.format = IsScriptModule(*pickle->root) ? "TorchScript" : "torch zip";
  if (absl::Status status = Collect(*pickle->root, find_storage, archive); !status.ok()) return status;
  return archive;
}

bool IsLegacyTorchFile(std::string_view bytes) {
  // PROTO and its version, LONG1 and its length.
  return bytes.size() > 14 && bytes[0] == '\x80' && bytes[2] == '\x8a' && bytes[3] == '\x0a' &&
         bytes.substr(4, kLegacyMagic.size()) == kLegacyMagic;
}

absl::StatusOr<TorchArchive> ReadLegacyTorchFile(std::string_view bytes) {
  for (int i = 0; i < 2; ++i) {  // the magic number and the format's version
    if (absl::StatusOr<Pickle> pickle = NextPickle(bytes); !pickle.ok()) return pickle.status();
  }
  const absl::StatusOr<Pickle> system = NextPickle(bytes);
  if (!system.ok()) return system.status();
  const PickleValue* little_endian = FindItem(*system->root, "little_endian");
  if (little_endian == nullptr || little_endian->kind != Kind::kBool || little_endian->integer != 1) {
    return Unsupported("tensors that are not in little-endian byte order");
  }
  const absl::StatusOr<Pickle> contents = NextPickle(bytes);
  if (!contents.ok()) return contents.status();
  const absl::StatusOr<Pickle> keys = NextPickle(bytes);
  if (!keys.ok()) return keys.status();
  const absl::StatusOr<Storages> storages = ReadLegacyStorages(*contents, *keys, bytes);
  if (!storages.ok()) return storages.status();

  const FindStorage find_storage = [&](const TorchStorageId& id) -> absl::StatusOr<std::string_view> {
    const auto found = storages->find(id.key);
    if (found == storages->end()) return Invalid("storage '", id.key, "' is missing");
    return found->second;
  };
  TorchArchive archive;
  archive.format = "torch legacy";
  if (absl::Status status = Collect(*contents->root, find_storage, archive); !status.ok()) return status;
  return archive;
}

}  // namespace pixelclip
