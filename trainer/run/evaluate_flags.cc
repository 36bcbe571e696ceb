#include "trainer/run/evaluate_flags.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <memory>
#include <utility>

#include "cli/command_line.h"
#include "core/default_model.h"
#include "core/model/guarded.h"
#include "core/segmenter.h"
#include "trainer/scale/connect.h"
#include "trainer/scale/launch_environment.h"

namespace pixelclip {
namespace {

constexpr char kProgram[] = "pixelclip-train";

absl::StatusOr<EvaluateOptions> Complete(const EvaluateFlags& flags) {
  EvaluateOptions options = flags.options;
  absl::StatusOr<std::vector<std::string>> templates = TemplatesOf(flags.words);
  if (!templates.ok()) return templates.status();
  options.templates = *std::move(templates);
  options.synonym_rule = flags.words.synonym_rule;
  options.background_words = flags.words.background_words;
  options.background_threshold = flags.words.background_threshold;
  options.background_softmax_scale = flags.words.background_softmax_scale;
  if (absl::Status status = CheckTiling(flags.pictures.tiling); !status.ok()) return status;
  options.input = flags.pictures.input;
  options.tiling = flags.pictures.tiling;
  options.refine_steps = flags.pictures.refine_steps;
  if (flags.sets.empty()) {
    return absl::InvalidArgumentError("name at least one set, such as ade20k=/data/ADEChallengeData2016");
  }
  for (const std::string& text : flags.sets) {
    absl::StatusOr<DataSetChoice> set = ParseDataSetChoice(text);
    if (!set.ok()) return set.status();
    set->names_file = flags.names_file;
    set->ignored_values = flags.ignored_values;
    set->background_value = flags.background_value;
    options.sets.push_back(*std::move(set));
  }
  if (!flags.shard.empty()) {
    const absl::StatusOr<Shard> shard = ParseShard(flags.shard);
    if (!shard.ok()) return shard.status();
    options.shard = *shard;
  }
  if (options.model.empty()) {
    absl::StatusOr<std::string> shipped = DefaultModelPath();
    if (!shipped.ok()) return shipped.status();
    options.model = *std::move(shipped);
  }
  return options;
}

absl::Status AddUp(Communicator& communicator, std::vector<int64_t>& numbers) {
  return Guarded([&] {
    at::Tensor sums = at::empty({static_cast<int64_t>(numbers.size())}, at::kLong);
    std::copy(numbers.begin(), numbers.end(), sums.mutable_data_ptr<int64_t>());
    if (absl::Status status = communicator.AllReduceSum(sums); !status.ok()) return status;
    const int64_t* const begin = sums.const_data_ptr<int64_t>();
    numbers.assign(begin, begin + sums.numel());
    return absl::OkStatus();
  });
}

}  // namespace

void AddEvaluateFlags(CLI::App& command, EvaluateFlags& flags) {
  EvaluateOptions& options = flags.options;
  const auto set_activation = [&options](const std::string& name) {
    options.segmenter.activation = name == "gelu" ? Activation::kGelu : Activation::kQuickGelu;
  };
  command.add_option("SETS", flags.sets, "What to measure on, KIND=FOLDER each: see below")->option_text(" ");
  command
      .add_option("-m,--model", options.model, "Checkpoint: a file, or a folder that holds one [models/mini]")
      ->option_text("PATH");
  command
      .add_option_function<std::string>("--activation", set_activation,
                                        "quick_gelu or gelu, for a checkpoint that does not say")
      ->check(CLI::IsMember({"quick_gelu", "gelu"}))
      ->option_text("NAME");
  command
      .add_option("--resolution", options.segmenter.resolution,
                  "Pixels a side of the network's input [the model's own]")
      ->check(CLI::Range(1, 4096))
      ->option_text("N");
  command.add_option("--device", options.segmenter.device, "cpu or cuda:N [cpu]")->option_text("NAME");
  command.add_option("--threads", flags.threads, "Threads to compute with [one per core]")
      ->check(CLI::Range(1, 1024))
      ->option_text("N");
  command.add_option("--batch", options.batch, "Pictures in one run of the network [4]")
      ->check(CLI::Range(1, 1024))
      ->option_text("N");
  AddLastBlockOption(command, options.segmenter.last_block, "Model");
  AddWordOptions(command, flags.words, "--background");
  AddPictureOptions(command, flags.pictures);
  command
      .add_option("--min-pictures", options.min_pictures, "Means run over classes of as many pictures [1]")
      ->check(CLI::Range(1, 1'000'000))
      ->option_text("N");
  command
      .add_option("--names", flags.names_file,
                  "Of folder: what each value means [names.txt or names.json in it]")
      ->option_text("FILE");
  command
      .add_option("--ignore", flags.ignored_values,
                  "Of folder: value that does not count; may come several times [255]")
      ->allow_extra_args(false)
      ->option_text("VALUE");
  command.add_option("--background-value", flags.background_value, "Of folder: the value of the background")
      ->option_text("VALUE");
  command.add_option("--shard", flags.shard, "I/N: measure the I-th of N parts, to be merged")
      ->option_text("I/N");
  command.add_option("--merge", flags.reports, "JSON reports of all parts, to be added up")
      ->option_text("FILES");
  command.add_option("--json", options.files.json, "Write the report, with all counts")->option_text("FILE");
  command.add_option("--markdown", options.files.markdown, "Write the tables")->option_text("FILE");
  command.add_option("--confusion", options.files.confusion_folder, "Write the confusion matrices")
      ->option_text("FOLDER");
  command.footer(
      "Kinds of sets: coco-stuff, ade20k, pascal-context, cityscapes, voc20, voc21, and folder, which holds\n"
      "images/, labels/ and names.txt. docs/evaluation.md has their files.");
}

ExitCode RunEvaluateFlags(const EvaluateFlags& flags, Console& console,
                          const std::function<absl::Status(const EvaluateOptions& options)>& measure) {
  if (!flags.reports.empty()) {
    const absl::Status status = RunMergeReports(flags.reports, flags.options.files, console);
    return status.ok() ? ExitCode::kSuccess : Fail(console, kProgram, status);
  }
  absl::StatusOr<EvaluateOptions> options = Complete(flags);
  if (!options.ok()) return Fail(console, kProgram, options.status(), ExitCode::kUsage);
  const absl::StatusOr<LaunchEnvironment> environment =
      LaunchEnvironment::FromEnvironment([](const char* name) { return std::getenv(name); });
  if (!environment.ok()) return Fail(console, kProgram, environment.status(), ExitCode::kUsage);
  if (flags.threads > 0) SetComputeThreads(flags.threads);

  std::unique_ptr<Communicator> communicator;
  if (environment->world_size > 1) {
    absl::StatusOr<std::unique_ptr<Communicator>> connected = ConnectGloo(*environment, {});
    if (!connected.ok()) return Fail(console, kProgram, connected.status());
    communicator = *std::move(connected);
    options->shard = {environment->rank, environment->world_size};
    options->all_reduce = [&communicator](std::vector<int64_t>& numbers) {
      return AddUp(*communicator, numbers);
    };
  }
  const absl::Status status = measure(*options);
  return status.ok() ? ExitCode::kSuccess : Fail(console, kProgram, status);
}

}  // namespace pixelclip
