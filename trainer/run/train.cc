#include "trainer/run/train.h"

#include <ATen/ops/full.h>
#include <c10/core/Device.h>

#include <filesystem>
#include <initializer_list>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "cli/display_text.h"
#include "cli/file_io.h"
#include "core/model/device.h"
#include "core/model/guarded.h"
#include "core/segmenter.h"
#include "trainer/data/example_loader.h"
#include "trainer/method/autocast.h"
#include "trainer/run/export_model.h"
#include "trainer/run/open_masks.h"
#include "trainer/run/run_folder.h"
#include "trainer/run/start_model.h"
#include "trainer/run/training_checkpoint.h"
#include "trainer/run/training_run.h"
#include "trainer/scale/connect.h"

namespace pixelclip {
namespace {

// What a run is made of, on one rank.
class Trainer {
 public:
  Trainer(const TrainOptions& options, Console& console)
      : options_(options),
        console_(console),
        settings_(options.settings.settings),
        folder_(options.out),
        is_writer_(options.environment.rank == 0) {}

  absl::StatusOr<int> Run() {
    // What a rank does by itself comes first; if it fails, those that wait for it are told.
    const absl::Status prepared =
        DoAll({&Trainer::CheckFolder, &Trainer::FindCheckpoint, &Trainer::ChooseDevice, &Trainer::OpenData});
    if (!prepared.ok()) {
      Decline(options_.environment, std::string(prepared.message()), {});
      return prepared;
    }
    const absl::Status ready =
        DoAll({&Trainer::Connect, &Trainer::MakeLearner, &Trainer::MakeLoader, &Trainer::PrepareFolder});
    if (!ready.ok()) return ready;
    TellWhatStarts();
    TrainingRun run({folder_, options_.settings, model_.version, *device_, model_.learner.get(),
                     loader_.get(), communicator_.get(), &console_, options_.wall_seconds,
                     options_.stop_signal});
    const absl::StatusOr<int> signal = run.Run();
    if (!signal.ok() || *signal != 0 || !is_writer_) return signal;
    const absl::StatusOr<std::vector<std::string>> left_out =
        ExportModel(*model_.learner, settings_.method, folder_);
    if (!left_out.ok()) return left_out.status();
    for (const std::string& sentence : *left_out) Say(sentence);
    Say(absl::StrCat("the model is in ", folder_.model()));
    return 0;
  }

 private:
  absl::Status DoAll(std::initializer_list<absl::Status (Trainer::*)()> parts) {
    for (const auto part : parts) {
      if (absl::Status status = (this->*part)(); !status.ok()) return status;
    }
    return absl::OkStatus();
  }

  absl::Status CheckFolder() {
    if (!is_writer_ || options_.resume) return absl::OkStatus();
    const bool has_run = std::filesystem::exists(folder_.settings()) || !folder_.CheckpointSteps().empty();
    if (!has_run) return absl::OkStatus();
    return absl::FailedPreconditionError(absl::StrCat(
        folder_.path(), " holds a run already: add --resume to go on with it, or name another folder"));
  }

  // All ranks read the same one: rank 0 writes none before they have met.
  absl::Status FindCheckpoint() {
    if (!options_.resume) return absl::OkStatus();
    std::vector<std::string> passed_over;
    absl::StatusOr<TrainingCheckpoint> checkpoint = ReadNewestCheckpoint(folder_, passed_over);
    for (const std::string& problem : passed_over) Say(absl::StrCat("passed over: ", problem));
    if (absl::IsNotFound(checkpoint.status())) return absl::OkStatus();
    if (!checkpoint.ok()) return checkpoint.status();
    checkpoint_ = *std::move(checkpoint);

    const absl::StatusOr<LoadedSettings> saved = ParseSettings(
        checkpoint_->settings, absl::StrCat(folder_.path(), " (settings of its checkpoint)"), {});
    if (!saved.ok()) return saved.status();
    for (const auto& [key, value] : options_.settings.identity) {
      const std::string& before = saved->identity.at(key);
      if (value == before) continue;
      return absl::InvalidArgumentError(
          absl::StrCat(folder_.path(), ": the run has ", key, " ", before, " and cannot go on with ", value));
    }
    return absl::OkStatus();
  }

  absl::Status ChooseDevice() {
    const LaunchEnvironment& environment = options_.environment;
    std::string& name = settings_.method.device;
    if (name == "cuda") name = absl::StrCat("cuda:", environment.local_rank);
    absl::StatusOr<c10::Device> device = FindDevice(name);
    if (!device.ok()) return device.status();
    device_ = *device;
    if (settings_.method.bfloat16) {
      if (const absl::Status status = CheckAutocast(*device); !status.ok()) {
        return absl::Status(status.code(), absl::StrCat("run.bfloat16: ", status.message()));
      }
    }
    if (settings_.threads > 0) SetComputeThreads(settings_.threads);
    return absl::OkStatus();
  }

  absl::Status OpenData() {
    absl::StatusOr<std::unique_ptr<MaskSource>> source =
        OpenMasks(settings_.data, settings_.method.seed, settings_.method.device);
    if (!source.ok()) return source.status();
    source_ = *std::move(source);
    return absl::OkStatus();
  }

  absl::Status Connect() {
    absl::StatusOr<std::unique_ptr<Communicator>> communicator =
        pixelclip::Connect(options_.environment, *device_, {});
    if (!communicator.ok()) return communicator.status();
    communicator_ = *std::move(communicator);

    const int64_t own_step = checkpoint_ ? checkpoint_->position.step : 0;
    at::Tensor step = at::full({1}, own_step, at::TensorOptions(at::kLong).device(*device_));
    if (absl::Status status = communicator_->Broadcast(step); !status.ok()) return status;
    if (step.item<int64_t>() == own_step) return absl::OkStatus();
    return absl::FailedPreconditionError(
        absl::StrCat(folder_.path(), ": rank ", options_.environment.rank, " finds step ", own_step,
                     " here and rank 0 step ", step.item<int64_t>(), "; to resume, ranks share a folder"));
  }

  absl::Status MakeLearner() {
    absl::StatusOr<StartedModel> model = StartModel(settings_, communicator_.get());
    if (!model.ok()) return model.status();
    model_ = *std::move(model);
    return checkpoint_ ? ContinueFrom(*checkpoint_, model_) : absl::OkStatus();
  }

  // Not before everything else is well: a run that cannot start leaves nothing.
  absl::Status PrepareFolder() {
    if (!is_writer_) return absl::OkStatus();
    if (absl::Status status = folder_.Create(); !status.ok()) return status;
    return WriteFileAtomically(folder_.settings(), options_.settings.yaml);
  }

  absl::Status MakeLoader() {
    LoaderSettings settings;
    settings.global_batch = settings_.batch;
    settings.rank = options_.environment.rank;
    settings.world_size = options_.environment.world_size;
    settings.seed = settings_.method.seed;
    settings.mask_side = static_cast<int>(settings_.method.mask_resolution);
    settings.threads = settings_.data.threads;
    settings.prefetch_batches = settings_.data.prefetch_batches;
    settings.max_bad = settings_.data.max_bad_pictures;
    settings.augmentation = settings_.augmentation;
    const auto tell = [this](const BadPicture& bad) { Say(absl::StrCat("skipped: ", bad.why.message())); };
    absl::StatusOr<std::unique_ptr<ExampleLoader>> loader = ExampleLoader::Make(
        source_.get(), settings, checkpoint_ ? checkpoint_->position : LoaderPosition(), tell);
    if (!loader.ok()) return loader.status();
    loader_ = *std::move(loader);
    return absl::OkStatus();
  }

  void TellWhatStarts() {
    if (!is_writer_) return;
    Say(absl::StrCat(model_.path, ": ", Describe(model_.config)));
    Say(absl::StrCat(source_->size(), " pictures, ", settings_.batch, " a step, on ",
                     options_.environment.world_size, " x ", device_->str()));
    if (checkpoint_) Say(absl::StrCat("goes on after step ", checkpoint_->position.step));
  }

  void Say(const std::string& message) {
    if (console_.err_is_terminal) console_.err << "\r\x1b[K";  // the bar
    const std::string rank = is_writer_ ? "" : absl::StrCat("rank ", options_.environment.rank, ": ");
    console_.err << rank << Printable(message) << std::endl;
  }

  const TrainOptions& options_;
  Console& console_;
  RunSettings settings_;
  const RunFolder folder_;
  const bool is_writer_;
  std::optional<TrainingCheckpoint> checkpoint_;
  std::optional<c10::Device> device_;
  std::unique_ptr<MaskSource> source_;
  std::unique_ptr<Communicator> communicator_;
  StartedModel model_;
  std::unique_ptr<ExampleLoader> loader_;
};

}  // namespace

absl::StatusOr<int> Train(const TrainOptions& options, Console& console) {
  return Guarded([&] { return Trainer(options, console).Run(); });
}

}  // namespace pixelclip
