#include "core/checkpoint/checkpoint.h"

#include <openssl/evp.h>

#include <array>
#include <filesystem>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "core/checkpoint/config_file.h"
#include "core/checkpoint/layout.h"
#include "core/checkpoint/problem.h"
#include "core/checkpoint/schema.h"
#include "core/checkpoint/weight_file.h"

namespace pixelclip {
namespace {

constexpr size_t kVersionDigits = 12;

absl::StatusOr<Checkpoint> ReadLayout(Layout names, const LayoutSource& source) {
  switch (names) {
    case Layout::kPixelClip:
      return ReadPixelClipLayout(source);
    case Layout::kHuggingFace:
      return ReadHuggingFaceLayout(source);
    case Layout::kOpenAi:
    case Layout::kOpenClip:
      break;
  }
  // Both have the same names. What OpenAI wrote determines itself; otherwise a configuration decides.
  const bool by_openai = source.weights.format == "TorchScript" || HasOpenAiScalars(source.weights.tensors);
  return by_openai || source.configs.open_clip.empty() ? ReadOpenAiLayout(source)
                                                       : ReadOpenClipLayout(source);
}

// Of the files' bytes one after the other.
absl::StatusOr<std::string> VersionOf(const std::vector<std::string_view>& files) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned int size = 0;
  bool good = context != nullptr && EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) == 1;
  for (const std::string_view bytes : files) {
    good = good && EVP_DigestUpdate(context.get(), bytes.data(), bytes.size()) == 1;
  }
  if (!good || EVP_DigestFinal_ex(context.get(), digest.data(), &size) != 1) {
    return absl::InternalError("OpenSSL cannot compute SHA-256");
  }
  const absl::string_view digest_bytes(reinterpret_cast<const char*>(digest.data()), size);
  return absl::BytesToHexString(digest_bytes).substr(0, kVersionDigits);
}

absl::StatusOr<Checkpoint> ReadCheckpoint(const WeightFile& weights, const LoadOptions& options) {
  const absl::StatusOr<Layout> names = RecogniseLayout(weights.tensors);
  if (!names.ok()) return names.status();
  const std::filesystem::path directory = std::filesystem::path(weights.file->path()).parent_path();
  const ConfigFiles configs = ReadConfigFiles(directory.empty() ? "." : directory.string());

  absl::StatusOr<Checkpoint> checkpoint = ReadLayout(*names, {weights, configs, options});
  if (!checkpoint.ok()) return checkpoint.status();
  if (absl::Status status = CheckTensors(checkpoint->config, checkpoint->tensors); !status.ok())
    return status;
  std::vector<std::string_view> files = {weights.file->bytes()};
  for (const auto& file : weights.further_files) files.push_back(file->bytes());
  size_t total_size = TotalBytes(weights);
  for (const auto& file : checkpoint->side_files) {
    files.push_back(file->bytes());
    total_size += file->bytes().size();
  }
  if (absl::Status status = CheckTotalSize(checkpoint->tensors, total_size); !status.ok()) return status;

  absl::StatusOr<std::string> version = VersionOf(files);
  if (!version.ok()) return version.status();
  checkpoint->version = *std::move(version);
  checkpoint->format = weights.format;
  checkpoint->weight_file = weights.file->path();
  checkpoint->owners.push_back(weights.file);
  for (const auto& file : weights.further_files) checkpoint->owners.push_back(file);
  return checkpoint;
}

}  // namespace

std::string_view LayoutName(Layout layout) {
  switch (layout) {
    case Layout::kOpenAi:
      return "OpenAI";
    case Layout::kOpenClip:
      return "OpenCLIP";
    case Layout::kHuggingFace:
      return "Hugging Face";
    case Layout::kPixelClip:
      return "PixelCLIP";
  }
  return "unknown";
}

absl::StatusOr<Checkpoint> LoadCheckpoint(const std::string& path, const LoadOptions& options) {
  const absl::StatusOr<WeightFile> weights = FindWeightFile(path);
  if (!weights.ok()) return weights.status();
  absl::StatusOr<Checkpoint> checkpoint = ReadCheckpoint(*weights, options);
  if (!checkpoint.ok()) return Prefixed(weights->file->path(), checkpoint.status());
  return checkpoint;
}

}  // namespace pixelclip
