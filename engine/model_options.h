#ifndef PIXELCLIP_ENGINE_MODEL_OPTIONS_H_
#define PIXELCLIP_ENGINE_MODEL_OPTIONS_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "core/model_config.h"
#include "core/precision.h"
#include "core/segmenter.h"

namespace CLI {
class App;
}

namespace pixelclip {

// Which model a subcommand runs, and how, as the user gave it.
struct ModelOptions {
  std::string path;  // empty: the one that ships with the project
  std::optional<Activation> activation;
  LastBlock last_block = LastBlock::kPublished;
  Precision precision = Precision::kFp32;
  int resolution = 0;  // 0: the model's own
  int threads = 0;     // 0: one per core
};

// Each adds to a subcommand what its name says. `options` must outlive the parsing.
void AddModelOptions(CLI::App& command, ModelOptions& options);
void AddActivationOption(CLI::App& command, std::optional<Activation>& activation);
void AddResolutionOption(CLI::App& command, int& resolution);

struct LoadedModel {
  std::string name;  // the last part of its path
  std::unique_ptr<Segmenter> segmenter;
};

absl::StatusOr<LoadedModel> LoadModel(const ModelOptions& options);

}  // namespace pixelclip

#endif  // PIXELCLIP_ENGINE_MODEL_OPTIONS_H_
