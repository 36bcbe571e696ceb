#include <CLI/CLI.hpp>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "trainer/data/augmentation.h"
#include "trainer/run/commands.h"
#include "trainer/run/open_masks.h"
#include "trainer/run/stop_signals.h"
#include "trainer/run/train.h"

namespace pixelclip {
namespace {

constexpr char kProgram[] = "pixelclip-train";

struct Options {
  std::string recipe;
  std::vector<std::string> overrides;    // from the options that are short for --set
  std::vector<std::string> assignments;  // from --set itself
  std::string out;
  bool resume = false;
  bool print_settings = false;
};

double WallSeconds() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

// Whether everything is named that a run cannot do without, and settings go together.
absl::Status CheckSettings(const Options& options, const RunSettings& settings) {
  if (options.out.empty()) return absl::InvalidArgumentError("name the run's folder with --out");
  if (settings.model.empty()) {
    return absl::InvalidArgumentError(
        "model.path is empty; name the checkpoint to start from there or with --model");
  }
  absl::Status status = CheckDataPaths(settings.data);
  status.Update(CheckAugmentation(settings.augmentation));
  return status;
}

absl::Status CheckShare(int batch, const LaunchEnvironment& environment) {
  if (batch % environment.world_size == 0) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("run.batch is ", batch, "; it must be a multiple of the ",
                                                 environment.world_size, " ranks"));
}

ExitCode RunTrain(const Options& options, Console& console) {
  std::vector<std::string> overrides = options.overrides;
  overrides.insert(overrides.end(), options.assignments.begin(), options.assignments.end());
  absl::StatusOr<LoadedSettings> settings = LoadSettings(options.recipe, overrides);
  if (!settings.ok()) return Fail(console, kProgram, settings.status(), ExitCode::kUsage);
  if (options.print_settings) {
    console.out << settings->yaml;
    return ExitCode::kSuccess;
  }
  if (absl::Status status = CheckSettings(options, settings->settings); !status.ok()) {
    return Fail(console, kProgram, status, ExitCode::kUsage);
  }
  const absl::StatusOr<LaunchEnvironment> environment =
      LaunchEnvironment::FromEnvironment([](const char* name) { return std::getenv(name); });
  if (!environment.ok()) return Fail(console, kProgram, environment.status(), ExitCode::kUsage);
  if (absl::Status status = CheckShare(settings->settings.batch, *environment); !status.ok()) {
    return Fail(console, kProgram, status, ExitCode::kUsage);
  }

  const StopSignals signals;
  const absl::StatusOr<int> signal = Train(
      {*std::move(settings), options.out, options.resume, *environment, WallSeconds, &StopSignals::received},
      console);
  if (!signal.ok()) return Fail(console, kProgram, signal.status());
  // As shells put it; and Kubernetes takes nothing but 0 for a run that is done.
  return *signal == 0 ? ExitCode::kSuccess : ExitCode{128 + *signal};
}

// An option that is short for --set KEY=VALUE.
void AddSetting(CLI::App& command, Options& options, const std::string& flag, const std::string& key,
                const std::string& meaning, const std::string& value) {
  command
      .add_option_function<std::string>(
          flag, [&options, key](const std::string& text) { options.overrides.push_back(key + "=" + text); },
          meaning)
      ->option_text(value);
}

}  // namespace

Command AddTrainCommand(CLI::App& app, Console& console) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("train", "Fine-tune a CLIP with masks that have no names");
  command
      ->add_option("RECIPE", options->recipe,
                   "Settings to start from, such as trainer/recipes/mini_labels.yaml")
      ->option_text(" ")
      ->required();
  command->add_option("-o,--out", options->out, "Folder for checkpoints, logs and the trained model")
      ->option_text("FOLDER");
  AddSetting(*command, *options, "-m,--model", "model.path", "Checkpoint to start from: a file or a folder",
             "PATH");
  AddSetting(*command, *options, "--data", "data.pictures",
             "Folder of the pictures (SA-1B: of all its files)", "PATH");
  AddSetting(*command, *options, "--masks", "data.masks",
             "Label maps' folder, COCO file or DINO's checkpoint, as the recipe wants", "PATH");
  AddSetting(*command, *options, "--steps", "run.steps", "Steps of the run", "N");
  AddSetting(*command, *options, "--batch", "run.batch", "Pictures of a step, over all ranks", "N");
  AddSetting(*command, *options, "--seed", "run.seed", "Of everything random", "N");
  AddSetting(*command, *options, "--device", "run.device", "cpu, cuda:N, or cuda for one GPU a rank", "NAME");
  command
      ->add_option("--set", options->assignments,
                   "Any setting: --set method.clusters=128; may come several times")
      ->allow_extra_args(false)
      ->option_text("KEY=VALUE");
  command->add_flag("--resume", options->resume,
                    "Go on from the newest checkpoint in --out; begin where there is none");
  command->add_flag("--print-settings", options->print_settings,
                    "Print all settings with their meanings and do nothing else");
  command->footer(
      "Examples:\n"
      "  pixelclip-train train trainer/recipes/vit_b16_sa1b.yaml --model ViT-B-16.pt \\\n"
      "      --data /data/sa1b --out runs/sa1b\n"
      "  torchrun --no-python --nproc-per-node 4 pixelclip-train train ... --device cuda --resume\n"
      "SIGTERM (exit status 143) and Ctrl-C (130) end the run after the step at hand, with a checkpoint.");
  return {command, [options, &console] { return RunTrain(*options, console); }};
}

}  // namespace pixelclip
