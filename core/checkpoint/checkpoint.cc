#include "core/checkpoint/checkpoint.h"

#include <openssl/evp.h>

#include <array>
#include <filesystem>
#include <utility>

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

absl::StatusOr<std::string> VersionOf(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned int size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1) {
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
  const std::string_view bytes = weights.file->bytes();
  if (absl::Status status = CheckTotalSize(checkpoint->tensors, bytes.size()); !status.ok()) return status;

  absl::StatusOr<std::string> version = VersionOf(bytes);
  if (!version.ok()) return version.status();
  checkpoint->version = *std::move(version);
  checkpoint->format = weights.format;
  checkpoint->weight_file = weights.file->path();
  checkpoint->owners.push_back(weights.file);
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
