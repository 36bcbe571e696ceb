#include "core/checkpoint/weight_file.h"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/str_join.h"
#include "core/checkpoint/config_file.h"
#include "core/checkpoint/layout.h"
#include "core/checkpoint/problem.h"
#include "core/checkpoint/safetensors.h"
#include "core/checkpoint/torch_archive.h"

namespace pixelclip {
namespace {

constexpr size_t kMaxDirectoryEntries = 1000;
constexpr std::string_view kExpected =
    "expected safetensors, a PyTorch file (.pt, .pth, .bin) or a TorchScript archive";

enum class FileKind { kSafetensors, kZip, kLegacyTorch, kOther, kUnknown };

struct Sniffed {
  FileKind kind = FileKind::kUnknown;
  std::string_view description;
};

struct Magic {
  std::string_view bytes;
  size_t offset;
  Sniffed sniffed;
};

constexpr Magic kMagics[] = {
    {"PK\x03\x04", 0, {FileKind::kZip, "a ZIP archive"}},
    {"PK\x05\x06", 0, {FileKind::kOther, "an empty ZIP archive"}},
    {"version https://git-lfs",
     0,
     {FileKind::kOther, "a Git LFS pointer (run 'git lfs pull' to get the file itself)"}},
    {"GGUF", 0, {FileKind::kOther, "a GGUF file"}},
    {"\x89HDF", 0, {FileKind::kOther, "an HDF5 file (Keras or TensorFlow weights)"}},
    {"\x93NUMPY", 0, {FileKind::kOther, "a NumPy array"}},
    {"\x1f\x8b", 0, {FileKind::kOther, "a gzip file (unpack it first)"}},
    {"\xfd"
     "7zXZ",
     0,
     {FileKind::kOther, "an xz file (unpack it first)"}},
    {"\x28\xb5\x2f\xfd", 0, {FileKind::kOther, "a zstd file (unpack it first)"}},
    {"TFL3", 4, {FileKind::kOther, "a TensorFlow Lite model"}},
    {"ustar", 257, {FileKind::kOther, "a tar archive"}},
    {"\x89PNG", 0, {FileKind::kOther, "a PNG picture"}},
    {"\xff\xd8\xff", 0, {FileKind::kOther, "a JPEG picture"}},
    {"\x80\x02", 0, {FileKind::kOther, "a pickle that torch.save did not write"}},
    {"\x80\x03", 0, {FileKind::kOther, "a pickle that torch.save did not write"}},
    {"\x80\x04", 0, {FileKind::kOther, "a pickle that torch.save did not write"}},
    {"\x80\x05", 0, {FileKind::kOther, "a pickle that torch.save did not write"}},
};

// ir_version, then producer_name or opset_import or graph: how a serialised ONNX ModelProto starts.
bool LooksLikeOnnx(std::string_view bytes) {
  return bytes.size() > 2 && bytes[0] == 0x08 && bytes[1] > 0 && bytes[1] < 0x20 &&
         (bytes[2] == 0x12 || bytes[2] == 0x3a || bytes[2] == 0x42);
}

Sniffed Sniff(std::string_view bytes) {
  if (bytes.size() > 8 && bytes[8] == '{' && bytes.substr(5, 3) == std::string_view("\0\0\0", 3)) {
    return {FileKind::kSafetensors, "safetensors"};
  }
  if (IsLegacyTorchFile(bytes)) return {FileKind::kLegacyTorch, "an old PyTorch file"};
  for (const Magic& magic : kMagics) {
    if (bytes.size() > magic.offset && bytes.substr(magic.offset, magic.bytes.size()) == magic.bytes) {
      return magic.sniffed;
    }
  }
  if (LooksLikeOnnx(bytes)) return {FileKind::kOther, "an ONNX model"};
  return {FileKind::kUnknown, "a file of an unknown format"};
}

absl::Status ReadTensors(FileKind kind, WeightFile& to) {
  if (kind == FileKind::kSafetensors) {
    absl::StatusOr<SafetensorsFile> parsed = SafetensorsFile::Parse(to.file);
    if (!parsed.ok()) return parsed.status();
    to.format = "safetensors";
    to.tensors = parsed->tensors();
    return absl::OkStatus();
  }
  const std::string_view bytes = to.file->bytes();
  absl::StatusOr<TorchArchive> archive =
      kind == FileKind::kZip ? ReadTorchZip(bytes) : ReadLegacyTorchFile(bytes);
  if (!archive.ok()) return Prefixed(to.file->path(), archive.status());
  to.format = std::move(archive->format);
  to.tensors = std::move(archive->tensors);
  to.module_classes = std::move(archive->module_classes);
  return absl::OkStatus();
}

// Data-parallel training wraps the model, which puts this before every name.
void StripWrapper(TensorMap& tensors) {
  constexpr std::string_view kWrapper = "module.";
  const auto is_wrapped = [&](const auto& item) {
    return item.first.compare(0, kWrapper.size(), kWrapper) == 0;
  };
  if (!std::all_of(tensors.begin(), tensors.end(), is_wrapped)) return;
  TensorMap stripped;
  for (auto& [name, tensor] : tensors) stripped.emplace(name.substr(kWrapper.size()), std::move(tensor));
  tensors = std::move(stripped);
}

absl::StatusOr<WeightFile> OpenMapped(std::shared_ptr<const MappedFile> mapped) {
  WeightFile file;
  file.file = std::move(mapped);
  const std::string_view bytes = file.file->bytes();
  const Sniffed sniffed = Sniff(bytes);
  if (sniffed.kind == FileKind::kOther || sniffed.kind == FileKind::kUnknown) {
    const bool is_index =
        bytes.front() == '{' && bytes.substr(0, 1 << 20).find("\"weight_map\"") != bytes.npos;
    if (is_index) {
      return Invalid(file.file->path(), ": found the index of weights that are split over several files, ",
                     "expected the directory that holds them");
    }
    return Invalid(file.file->path(), ": found ", sniffed.description, ", ", kExpected);
  }
  if (absl::Status status = ReadTensors(sniffed.kind, file); !status.ok()) return status;
  StripWrapper(file.tensors);
  return file;
}

struct Candidate {
  WeightFile file;
  Layout layout;
};

// Everything in a directory that might be weights, and what is wrong with what is not.
struct Survey {
  std::vector<Candidate> candidates;
  std::vector<absl::Status> refused;
};

Survey SurveyDirectory(const std::vector<std::string>& paths) {
  Survey survey;
  for (const std::string& path : paths) {
    absl::StatusOr<std::shared_ptr<const MappedFile>> mapped = MappedFile::Open(path);
    if (!mapped.ok() || Sniff((*mapped)->bytes()).kind == FileKind::kUnknown) continue;
    absl::StatusOr<WeightFile> file = OpenMapped(*std::move(mapped));
    if (!file.ok()) {
      survey.refused.push_back(file.status());
    } else if (absl::StatusOr<Layout> layout = RecogniseLayout(file->tensors); !layout.ok()) {
      survey.refused.push_back(Prefixed(path, layout.status()));
    } else {
      survey.candidates.push_back({*std::move(file), *layout});
    }
  }
  return survey;
}

// Of several files with the same tensors in them, as Hugging Face's repositories have, safetensors is the
// safer.
absl::StatusOr<WeightFile> Choose(const std::string& directory, std::vector<Candidate> candidates) {
  const auto is_safetensors = [](const Candidate& candidate) {
    return candidate.file.format == "safetensors";
  };
  const auto same_layout = [&](const Candidate& candidate) {
    return candidate.layout == candidates[0].layout;
  };
  if (candidates.size() > 1 && std::all_of(candidates.begin(), candidates.end(), same_layout) &&
      std::count_if(candidates.begin(), candidates.end(), is_safetensors) == 1) {
    return std::move(std::find_if(candidates.begin(), candidates.end(), is_safetensors)->file);
  }
  if (candidates.size() == 1) return std::move(candidates.front().file);
  std::vector<std::string> names;
  for (const Candidate& candidate : candidates) {
    const std::string name = std::filesystem::path(candidate.file.file->path()).filename().string();
    names.push_back(Concat(name, " (", LayoutName(candidate.layout), " names, ", candidate.file.format, ")"));
  }
  return Invalid(directory, ": found the weight files ", absl::StrJoin(names, ", "),
                 "; name the one that is meant");
}

// The weights that an index says are split over the files beside it.
absl::StatusOr<WeightFile> OpenSplit(const ConfigFile& index) {
  namespace fs = std::filesystem;
  std::set<std::string> names;
  for (const auto& name : index.json.at("weight_map")) {
    if (!name.is_string() || fs::path(name.get<std::string>()).has_parent_path()) {
      return Invalid(index.path, ": weight_map holds something other than the names of files beside it");
    }
    names.insert(name.get<std::string>());
  }
  if (names.empty()) return Invalid(index.path, ": weight_map is empty");

  WeightFile whole;
  for (const std::string& name : names) {
    absl::StatusOr<WeightFile> part = OpenWeightFile((fs::path(index.path).parent_path() / name).string());
    if (!part.ok()) return part.status();
    if (whole.file == nullptr) {
      whole = *std::move(part);
      continue;
    }
    if (part->format != whole.format) return Invalid(index.path, ": its files are of different formats");
    whole.further_files.push_back(part->file);
    for (const auto& [tensor_name, tensor] : part->tensors) {
      if (!whole.tensors.emplace(tensor_name, tensor).second) {
        return Invalid(index.path, ": tensor '", tensor_name, "' is in two of its files");
      }
    }
  }
  return whole;
}

absl::Status NothingFound(const std::string& directory, const Survey& survey) {
  if (survey.refused.empty()) return Invalid(directory, ": no weight file in this directory, ", kExpected);
  // A model that is known but not supported says more than a file that is no model.
  const auto known = std::find_if(survey.refused.begin(), survey.refused.end(),
                                  [](const absl::Status& status) { return absl::IsUnimplemented(status); });
  if (known != survey.refused.end()) return *known;
  if (survey.refused.size() == 1) return survey.refused.front();
  return Invalid(directory, ": none of ", survey.refused.size(),
                 " files has the weights of a CLIP; the first: ", survey.refused.front().message());
}

}  // namespace

absl::StatusOr<WeightFile> OpenWeightFile(const std::string& path) {
  absl::StatusOr<std::shared_ptr<const MappedFile>> mapped = MappedFile::Open(path);
  if (!mapped.ok()) return mapped.status();
  return OpenMapped(*std::move(mapped));
}

absl::StatusOr<WeightFile> FindWeightFile(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code error;
  if (!fs::is_directory(path, error)) return OpenWeightFile(path);

  std::vector<std::string> paths;
  for (fs::directory_iterator it(path, error), end; !error && it != end; it.increment(error)) {
    if (paths.size() == kMaxDirectoryEntries)
      return Invalid(path, ": more than ", kMaxDirectoryEntries, " entries");
    paths.push_back(it->path().string());
  }
  if (error) return absl::ErrnoToStatus(error.value(), path);
  std::sort(paths.begin(), paths.end());

  Survey survey = SurveyDirectory(paths);
  const ConfigFiles configs = ReadConfigFiles(path);
  std::vector<Candidate> splits;
  absl::Status problem;
  for (const ConfigFile& index : configs.index) {
    const auto is_part = [&](const Candidate& candidate) {
      const std::string name = fs::path(candidate.file.file->path()).filename().string();
      const auto& parts = index.json.at("weight_map");
      return std::any_of(parts.begin(), parts.end(), [&](const auto& part) { return part == name; });
    };
    survey.candidates.erase(std::remove_if(survey.candidates.begin(), survey.candidates.end(), is_part),
                            survey.candidates.end());
    absl::StatusOr<WeightFile> split = OpenSplit(index);
    if (!split.ok()) {
      problem.Update(split.status());
    } else if (absl::StatusOr<Layout> layout = RecogniseLayout(split->tensors); !layout.ok()) {
      problem.Update(Prefixed(index.path, layout.status()));
    } else {
      splits.push_back({*std::move(split), *layout});
    }
  }
  std::move(splits.begin(), splits.end(), std::back_inserter(survey.candidates));
  if (survey.candidates.empty()) return problem.ok() ? NothingFound(path, survey) : problem;
  return Choose(path, std::move(survey.candidates));
}

size_t TotalBytes(const WeightFile& weights) {
  size_t total = weights.file->bytes().size();
  for (const auto& file : weights.further_files) total += file->bytes().size();
  return total;
}

}  // namespace pixelclip
