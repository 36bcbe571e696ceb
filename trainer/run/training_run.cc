#include "trainer/run/training_run.h"

#include <ATen/ops/full.h>

#include <algorithm>
#include <csignal>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "trainer/run/make_step_input.h"
#include "trainer/run/training_checkpoint.h"

namespace pixelclip {

absl::StatusOr<int> TrainingRun::Run() {
  const RunSettings& settings = parts_.settings.settings;
  const int64_t done = parts_.learner->steps_done();
  saved_step_ = done;
  std::unique_ptr<RunLog> log;
  std::unique_ptr<StepProgress> progress;
  if (IsWriter()) {
    absl::StatusOr<RunLog> opened = RunLog::Open(parts_.folder, done + 1, parts_.wall_seconds);
    if (!opened.ok()) return opened.status();
    log = std::make_unique<RunLog>(*std::move(opened));
    progress = std::make_unique<StepProgress>(*parts_.console, done, settings.method.steps, settings.batch);
  }
  while (parts_.learner->steps_done() < settings.method.steps) {
    if (absl::Status status = Step(log.get(), progress.get()); !status.ok()) return status;
    const absl::StatusOr<int> signal = AgreeOnSignal();
    if (!signal.ok()) return SaveAfter(signal.status());
    const int64_t step = parts_.learner->steps_done();
    const bool is_last = *signal != 0 || step == settings.method.steps;
    if (is_last || step % settings.checkpoint_every == 0) {
      if (absl::Status status = Save(); !status.ok()) return status;
    }
    if (*signal != 0) return *signal;
  }
  return 0;
}

absl::Status TrainingRun::Step(RunLog* log, StepProgress* progress) {
  const RunSettings& settings = parts_.settings.settings;
  const double begun = parts_.console->now();
  absl::StatusOr<std::vector<TrainingExample>> examples = parts_.loader->NextBatch();
  if (!examples.ok()) return SaveAfter(examples.status());
  const double loaded = parts_.console->now();
  const absl::StatusOr<StepResult> result = parts_.learner->Step(MakeStepInput(*examples));
  if (!result.ok()) {
    return absl::IsUnavailable(result.status()) ? SaveAfter(result.status()) : result.status();
  }
  if (!IsWriter()) return absl::OkStatus();

  StepTimes times;
  times.waiting_seconds = loaded - begun;
  times.seconds = parts_.console->now() - begun;
  times.pictures_per_second = times.seconds > 0 ? settings.batch / times.seconds : 0;
  const int64_t step = parts_.learner->steps_done();
  if (absl::Status status = log->AddStep(step, *result, times); !status.ok()) return status;
  if (settings.grid_every > 0 && step % settings.grid_every == 0) {
    examples->resize(std::min(examples->size(), static_cast<size_t>(settings.grid_pictures)));
    if (absl::Status status = log->AddGrid(step, *examples, *parts_.learner); !status.ok()) return status;
  }
  progress->Finish(result->loss);
  return absl::OkStatus();
}

absl::StatusOr<int> TrainingRun::AgreeOnSignal() {
  const int own = parts_.stop_signal();
  if (parts_.communicator->world_size() == 1) return own;
  // Launchers tell all ranks, but not between the same two steps.
  at::Tensor told = at::full({1}, own != 0 ? 1 : 0, at::TensorOptions(at::kLong).device(parts_.device));
  if (absl::Status status = parts_.communicator->AllReduceSum(told); !status.ok()) return status;
  if (told.item<int64_t>() == 0) return 0;
  return own != 0 ? own : SIGTERM;
}

absl::Status TrainingRun::Save() {
  if (!IsWriter()) return absl::OkStatus();
  const int64_t step = parts_.learner->steps_done();
  LoaderPosition position = parts_.loader->position();
  position.step = step;
  const TrainingCheckpoint checkpoint = {parts_.learner->State(), std::move(position), parts_.settings.yaml,
                                         parts_.model_version};
  if (absl::Status status = SaveTrainingCheckpoint(checkpoint, parts_.folder.checkpoint(step));
      !status.ok()) {
    return status;
  }
  saved_step_ = step;
  parts_.folder.RemoveOldCheckpoints(parts_.settings.settings.keep_checkpoints);
  return absl::OkStatus();
}

absl::Status TrainingRun::SaveAfter(const absl::Status& error) {
  if (!IsWriter() || parts_.learner->steps_done() == saved_step_) return error;
  const absl::Status saved = Save();
  return absl::Status(
      error.code(),
      absl::StrCat(error.message(), saved.ok() ? "; what was learnt is in " : "; and ",
                   saved.ok() ? parts_.folder.checkpoint(saved_step_) : std::string(saved.message())));
}

}  // namespace pixelclip
