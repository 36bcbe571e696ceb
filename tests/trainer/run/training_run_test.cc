// The loop around a learner that only counts: when it stops, what it writes, and what it leaves after an
// error.

#include "trainer/run/training_run.h"

#include <ATen/ops/full.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <sstream>

#include "tests/trainer/run/temporary_folder.h"
#include "trainer/run/training_checkpoint.h"
#include "trainer/scale/communicator.h"

namespace pixelclip {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class WholePicture : public PictureMasks {
 public:
  absl::StatusOr<MaskStack> Sample(const Crop&, int side) const override {
    return MaskStack{1, side, std::vector<uint8_t>(static_cast<size_t>(side) * static_cast<size_t>(side), 1)};
  }
};

// Grey pictures; those from `bad_from` on cannot be read.
class GreyPictures : public MaskSource {
 public:
  explicit GreyPictures(size_t bad_from) : bad_from_(bad_from) {}

  size_t size() const override { return 8; }
  std::string name(size_t index) const override { return "grey" + std::to_string(index); }
  absl::StatusOr<MaskedPicture> Read(size_t index) const override {
    if (index >= bad_from_) return absl::DataLossError(name(index) + ": broken");
    MaskedPicture picture;
    picture.name = name(index);
    picture.image = {32, 32, std::vector<uint8_t>(32 * 32 * 3, 128)};
    picture.masks = std::make_unique<WholePicture>();
    return picture;
  }

 private:
  const size_t bad_from_;
};

class CountingLearner : public PixelClipLearner {
 public:
  absl::StatusOr<StepResult> Step(const StepInput& input) override {
    EXPECT_EQ(input.weak.sizes(), (at::IntArrayRef{2, 3, 16, 16}));
    EXPECT_EQ(input.masks.size(), 2u);
    if (steps_ == failing_step) return failure;
    StepResult result;
    result.step = steps_++;
    result.loss = 1.0 / static_cast<double>(steps_);
    result.masks_per_cluster = {2, 0};
    return result;
  }
  int64_t steps_done() const override { return steps_; }
  NamedTensors State() const override { return {{"steps", at::scalar_tensor(steps_, at::kLong)}}; }
  absl::Status Restore(const NamedTensors& state) override {
    steps_ = state.at("steps").item<int64_t>();
    return absl::OkStatus();
  }
  absl::StatusOr<Inspection> Inspect(const StepInput& input) const override {
    Inspection inspection;
    for (const at::Tensor& masks : input.masks) {
      inspection.assignments.push_back(at::zeros({masks.size(0)}, at::kLong));
    }
    return inspection;
  }
  Checkpoint Export() const override { return {}; }
  NamedTensors PublishedTensors() const override { return {}; }
  NamedTensors Parameters() const override { return {}; }
  at::Tensor ClusterEmbeddings() const override { return {}; }

  int64_t failing_step = -1;
  absl::Status failure;

 private:
  int64_t steps_ = 0;
};

class TrainingRunTest : public ::testing::Test {
 protected:
  TrainingRunTest() {
    EXPECT_TRUE(run_.Create().ok());
    absl::StatusOr<LoadedSettings> settings = ParseSettings(
        "", "test", {"run.steps=10", "run.batch=2", "run.checkpoint_every=4", "run.grid_every=5"});
    EXPECT_TRUE(settings.ok()) << settings.status();
    settings_ = *std::move(settings);
  }

  absl::StatusOr<int> Run(size_t bad_from = 8) {
    const GreyPictures pictures(bad_from);
    LoaderSettings loader_settings;
    loader_settings.global_batch = 2;
    loader_settings.mask_side = 8;
    loader_settings.threads = 1;
    loader_settings.prefetch_batches = 1;
    loader_settings.max_bad = 0;
    loader_settings.augmentation.short_side = 32;
    loader_settings.augmentation.crop_side = 16;
    LoaderPosition start;
    start.step = learner_.steps_done();
    const auto loader = ExampleLoader::Make(&pictures, loader_settings, start);
    EXPECT_TRUE(loader.ok()) << loader.status();
    Console console{out_, err_, false, ColorMode::kNone, 80, 80, [this] { return now_ += 0.5; }};
    TrainingRun run({run_, settings_, "0123456789ab", c10::Device(c10::DeviceType::CPU), &learner_,
                     loader->get(), communicator_.get(), &console, [] { return 1.7e9; },
                     [this] { return learner_.steps_done() >= stop_after_ ? signal_ : 0; }});
    return run.Run();
  }

  std::vector<std::string> Lines() {
    std::istringstream log(ReadFileOf(run_.losses()));
    std::vector<std::string> lines;
    for (std::string line; std::getline(log, line);) lines.push_back(line);
    return lines;
  }

  TemporaryFolder folder_;
  RunFolder run_{folder_.path() + "/run"};
  LoadedSettings settings_;
  CountingLearner learner_;
  std::unique_ptr<Communicator> communicator_ = MakeSingleProcess();
  std::ostringstream out_, err_;
  double now_ = 0;
  int64_t stop_after_ = 1000;
  int signal_ = SIGTERM;
};

TEST_F(TrainingRunTest, MakesAllStepsAndWritesThemDown) {
  const absl::StatusOr<int> signal = Run();
  ASSERT_TRUE(signal.ok()) << signal.status();
  EXPECT_EQ(*signal, 0);
  EXPECT_EQ(learner_.steps_done(), 10);
  ASSERT_EQ(Lines().size(), 10u);
  EXPECT_THAT(Lines()[3], HasSubstr("{\"step\":4,\"loss\":0.25,"));
  EXPECT_THAT(Lines()[3], HasSubstr("\"clusters_used\":1.0"));
  EXPECT_THAT(run_.CheckpointSteps(), ElementsAre(8, 10));  // two are kept
  EXPECT_TRUE(std::filesystem::exists(run_.grid(5)));
  EXPECT_TRUE(std::filesystem::exists(run_.grid(10)));
}

TEST_F(TrainingRunTest, ASignalEndsItAfterAStepWithACheckpoint) {
  stop_after_ = 6;
  signal_ = SIGINT;
  const absl::StatusOr<int> signal = Run();
  ASSERT_TRUE(signal.ok()) << signal.status();
  EXPECT_EQ(*signal, SIGINT);
  EXPECT_THAT(run_.CheckpointSteps(), ElementsAre(4, 6));

  stop_after_ = 1000;
  std::vector<std::string> passed_over;
  const absl::StatusOr<TrainingCheckpoint> checkpoint = ReadNewestCheckpoint(run_, passed_over);
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.status();
  EXPECT_EQ(checkpoint->position.step, 6);
  EXPECT_EQ(checkpoint->settings, settings_.yaml);
  ASSERT_TRUE(Run().ok());
  EXPECT_EQ(Lines().size(), 10u);
}

TEST_F(TrainingRunTest, ALossThatIsNotFiniteLeavesTheLastCheckpointAlone) {
  learner_.failing_step = 6;
  learner_.failure = absl::InternalError("step 6: the loss is nan");
  const absl::Status status = Run().status();
  EXPECT_EQ(status, learner_.failure);
  EXPECT_THAT(run_.CheckpointSteps(), ElementsAre(4));
  EXPECT_EQ(Lines().size(), 6u);
}

TEST_F(TrainingRunTest, ALostRankLeavesACheckpointOfTheLastStep) {
  learner_.failing_step = 6;
  learner_.failure = absl::UnavailableError("rank 1 was lost");
  const absl::Status status = Run().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("rank 1 was lost; what was learnt is in " + run_.checkpoint(6)));
  EXPECT_THAT(run_.CheckpointSteps(), ElementsAre(4, 6));
}

TEST_F(TrainingRunTest, UnreadablePicturesEndIt) {
  const absl::Status status = Run(/*bad_from=*/0).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(status.message()), HasSubstr("broken"));
  EXPECT_THAT(std::string(status.message()), Not(HasSubstr("what was learnt")));  // nothing was
}

}  // namespace
}  // namespace pixelclip
