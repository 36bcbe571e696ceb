#include "engine/model_options.h"

#include <CLI/CLI.hpp>
#include <filesystem>
#include <utility>

#include "cli/segment_options.h"
#include "core/default_model.h"

namespace pixelclip {
namespace {

constexpr char kGroup[] = "Model";

// "mini" for models/mini as for models/mini/.
std::string LastPartOf(const std::string& path) {
  const std::filesystem::path whole(path);
  return (whole.has_filename() ? whole : whole.parent_path()).filename().string();
}

}  // namespace

void AddModelOptions(CLI::App& command, ModelOptions& options) {
  command
      .add_option("-m,--model", options.path,
                  "Checkpoint: a file, or a folder that holds one; or PIXELCLIP_MODEL [models/mini]")
      ->envname("PIXELCLIP_MODEL")
      ->option_text("PATH")
      ->group(kGroup);
  AddActivationOption(command, options.activation);
  AddLastBlockOption(command, options.last_block, kGroup);
  command
      .add_option_function<std::string>(
          "--precision", [&options](const std::string& name) { options.precision = *PrecisionOfName(name); },
          "fp32, bf16 or int8: in what numbers the visual encoder multiplies [fp32, which is exact]")
      ->check(CLI::IsMember(PrecisionNames()))
      ->option_text("NAME")
      ->group(kGroup);
  command.add_option("--threads", options.threads, "Threads to compute with [one per core]")
      ->check(CLI::Range(1, 1024))
      ->option_text("N")
      ->group(kGroup);
}

void AddActivationOption(CLI::App& command, std::optional<Activation>& activation) {
  const auto set = [&activation](const std::string& name) {
    activation = name == "gelu" ? Activation::kGelu : Activation::kQuickGelu;
  };
  command
      .add_option_function<std::string>(
          "--activation", set, "quick_gelu or gelu, for a checkpoint that does not say which it wants")
      ->check(CLI::IsMember({"quick_gelu", "gelu"}))
      ->option_text("NAME")
      ->group(kGroup);
}

void AddResolutionOption(CLI::App& command, int& resolution) {
  command.add_option("--resolution", resolution, "Pixels a side of the network's input [the model's own]")
      ->check(CLI::Range(1, 4096))
      ->option_text("N")
      ->group(kGroup);
}

absl::StatusOr<LoadedModel> LoadModel(const ModelOptions& options) {
  std::string path = options.path;
  if (path.empty()) {
    absl::StatusOr<std::string> shipped = DefaultModelPath();
    if (!shipped.ok()) return shipped.status();
    path = *std::move(shipped);
  }
  if (options.threads > 0) SetComputeThreads(options.threads);
  SegmenterOptions segmenter_options;
  segmenter_options.activation = options.activation;
  segmenter_options.last_block = options.last_block;
  segmenter_options.precision = options.precision;
  segmenter_options.resolution = options.resolution;
  absl::StatusOr<std::unique_ptr<Segmenter>> segmenter = Segmenter::Load(path, segmenter_options);
  if (!segmenter.ok()) return segmenter.status();
  return LoadedModel{LastPartOf(path), *std::move(segmenter)};
}

}  // namespace pixelclip
