#include "trainer/run/export_model.h"

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <map>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/checkpoint/checkpoint.h"
#include "core/checkpoint/safetensors.h"
#include "core/model/guarded.h"
#include "trainer/run/start_model.h"
#include "trainer/run/stored_tensors.h"
#include "trainer/run/training_checkpoint.h"
#include "trainer/scale/communicator.h"

namespace pixelclip {
namespace {

constexpr char kPrompts[] = "sem_seg_head.predictor.prompt_tokens";

absl::Status WritePrompts(const PixelClipLearner& learner, const NamedTensors& published,
                          const std::string& path) {
  NamedTensors prompts = {{"cluster_embeddings", learner.ClusterEmbeddings().contiguous()}};
  const auto tokens = published.find(kPrompts);
  if (tokens != published.end()) prompts["prompt_tokens"] = tokens->second.contiguous();
  const auto views = ViewsOf(prompts);
  if (!views.ok()) return views.status();
  return WriteSafetensors(path, *views);
}

absl::StatusOr<TrainingCheckpoint> FindCheckpoint(const std::string& run) {
  if (!std::filesystem::is_directory(run)) return ReadTrainingCheckpoint(run);
  std::vector<std::string> passed_over;
  return ReadNewestCheckpoint(RunFolder(run), passed_over);
}

// The folder of the run that `run` names, itself or one of its checkpoints.
std::string FolderOf(const std::string& run) {
  if (std::filesystem::is_directory(run)) return run;
  return std::filesystem::absolute(run).parent_path().parent_path().string();
}

}  // namespace

absl::StatusOr<std::vector<std::string>> ExportModel(const PixelClipLearner& learner,
                                                     const MethodSettings& settings,
                                                     const RunFolder& folder) {
  const Checkpoint student = learner.Export();
  if (absl::Status status = WriteOpenClip(student, folder.model()); !status.ok()) return status;

  std::vector<std::string> left_out;
  const NamedTensors published = learner.PublishedTensors();
  if (settings.cluster_masks) {
    if (absl::Status status = WritePrompts(learner, published, folder.prompts()); !status.ok()) return status;
  }
  const auto views = ViewsOf(published);
  if (!views.ok()) return views.status();
  const absl::Status status = WritePixelClip(student.config, *views, folder.pixelclip());
  if (absl::IsFailedPrecondition(status)) {
    left_out.push_back(absl::StrCat(folder.pixelclip(), " is left out: ", status.message()));
  } else if (!status.ok()) {
    return status;
  }
  return left_out;
}

absl::StatusOr<std::vector<std::string>> ExportRun(const ExportOptions& options) {
  return Guarded([&]() -> absl::StatusOr<std::vector<std::string>> {
    const absl::StatusOr<TrainingCheckpoint> checkpoint = FindCheckpoint(options.run);
    if (!checkpoint.ok()) return checkpoint.status();
    absl::StatusOr<LoadedSettings> settings =
        ParseSettings(checkpoint->settings, absl::StrCat(options.run, " (its settings)"), {});
    if (!settings.ok()) return settings.status();
    RunSettings& run = settings->settings;
    if (!options.model.empty()) run.model = options.model;
    run.method.device = "cpu";

    const std::unique_ptr<Communicator> alone = MakeSingleProcess();
    absl::StatusOr<StartedModel> started = StartModel(run, alone.get());
    if (!started.ok()) return started.status();
    if (absl::Status status = ContinueFrom(*checkpoint, *started); !status.ok()) return status;
    const RunFolder folder(options.out.empty() ? FolderOf(options.run) : options.out);
    return ExportModel(*started->learner, run.method, folder);
  });
}

}  // namespace pixelclip
