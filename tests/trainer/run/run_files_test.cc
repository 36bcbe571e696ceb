// The files of a run's folder: its log, its checkpoints, and what a killed run leaves of both.

#include <ATen/ops/arange.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/scalar_tensor.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <limits>

#include "core/checkpoint/safetensors.h"
#include "tests/trainer/run/temporary_folder.h"
#include "trainer/run/run_folder.h"
#include "trainer/run/step_log.h"
#include "trainer/run/training_checkpoint.h"

namespace pixelclip {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TrainingCheckpoint CheckpointAt(int64_t step) {
  return {{{"a", at::arange(6, at::kFloat).reshape({2, 3}).add(step)},
           {"steps", at::scalar_tensor(step, at::kLong)}},
          {step, {3, 5}, 7},
          "run:\n  steps: 10\n",
          "0123456789ab"};
}

class RunFilesTest : public ::testing::Test {
 protected:
  RunFilesTest() { EXPECT_TRUE(run_.Create().ok()); }

  void Save(int64_t step) {
    const absl::Status status = SaveTrainingCheckpoint(CheckpointAt(step), run_.checkpoint(step));
    EXPECT_TRUE(status.ok()) << status;
  }

  TemporaryFolder folder_;
  RunFolder run_{folder_.path() + "/run"};
};

TEST_F(RunFilesTest, ALogKeepsAllDigits) {
  {
    absl::StatusOr<StepLog> log = StepLog::Open(run_.losses(), 1);
    ASSERT_TRUE(log.ok()) << log.status();
    EXPECT_TRUE(log->Add({1, {{"loss", 0.1 + 0.2}, {"rate", 2e-4}}}).ok());
    EXPECT_TRUE(log->Add({2, {{"loss", std::numeric_limits<double>::quiet_NaN()}}}).ok());
  }
  EXPECT_EQ(ReadFileOf(run_.losses()),
            "{\"step\":1,\"loss\":0.30000000000000004,\"rate\":0.0002}\n"
            "{\"step\":2,\"loss\":null}\n");
}

TEST_F(RunFilesTest, ALogIsTakenBackToTheCheckpoint) {
  WriteFileOf(run_.losses(), "{\"step\":1}\n{\"step\":2}\n{\"step\":3}\n{\"st");
  {
    absl::StatusOr<StepLog> log = StepLog::Open(run_.losses(), 3);
    ASSERT_TRUE(log.ok()) << log.status();
    EXPECT_TRUE(log->Add({3, {{"loss", 1}}}).ok());
  }
  EXPECT_EQ(ReadFileOf(run_.losses()), "{\"step\":1}\n{\"step\":2}\n{\"step\":3,\"loss\":1.0}\n");
  ASSERT_TRUE(StepLog::Open(run_.losses(), 1).ok());
  EXPECT_EQ(ReadFileOf(run_.losses()), "");
}

TEST_F(RunFilesTest, ACheckpointComesBackWhole) {
  Save(4);
  const absl::StatusOr<TrainingCheckpoint> read = ReadTrainingCheckpoint(run_.checkpoint(4));
  ASSERT_TRUE(read.ok()) << read.status();
  const TrainingCheckpoint expected = CheckpointAt(4);
  ASSERT_EQ(read->state.size(), 2u);
  EXPECT_TRUE(at::equal(read->state.at("a"), expected.state.at("a")));
  EXPECT_TRUE(at::equal(read->state.at("steps"), expected.state.at("steps")));
  EXPECT_EQ(read->position.step, 4);
  EXPECT_THAT(read->position.bad_pictures, ElementsAre(3u, 5u));
  EXPECT_EQ(read->position.without_masks, 7);
  EXPECT_EQ(read->settings, expected.settings);
  EXPECT_EQ(read->model_version, expected.model_version);
}

TEST_F(RunFilesTest, TheNewestCompleteCheckpointCounts) {
  std::vector<std::string> passed_over;
  EXPECT_EQ(ReadNewestCheckpoint(run_, passed_over).status().code(), absl::StatusCode::kNotFound);
  Save(2);
  Save(10);
  const std::string bytes = ReadFileOf(run_.checkpoint(10));
  WriteFileOf(run_.checkpoint(11), bytes.substr(0, bytes.size() - 1));
  WriteFileOf(run_.checkpoint(12), "");
  const absl::StatusOr<TrainingCheckpoint> read = ReadNewestCheckpoint(run_, passed_over);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->position.step, 10);
  EXPECT_THAT(passed_over, ElementsAre(HasSubstr("step_00000012"), HasSubstr("step_00000011")));
}

TEST_F(RunFilesTest, RefusesOtherSafetensors) {
  ASSERT_TRUE(WriteSafetensors(run_.checkpoint(1), {}).ok());
  const absl::Status status = ReadTrainingCheckpoint(run_.checkpoint(1)).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("not a checkpoint of a training run"));

  ASSERT_TRUE(WriteSafetensors(run_.checkpoint(1), {},
                               {{"format", "pixelclip-training-1"}, {"loader_position", "{\"step\": \"x\"}"}})
                  .ok());
  EXPECT_THAT(std::string(ReadTrainingCheckpoint(run_.checkpoint(1)).status().message()),
              HasSubstr("loader position"));
}

TEST_F(RunFilesTest, KeepsTheNewest) {
  for (const int64_t step : {5, 100, 20}) Save(step);
  WriteFileOf(folder_.path() + "/run/checkpoints/notes.txt", "mine");
  run_.RemoveOldCheckpoints(2);
  EXPECT_THAT(run_.CheckpointSteps(), ElementsAre(20, 100));
  run_.RemoveOldCheckpoints(5);
  EXPECT_THAT(run_.CheckpointSteps(), ElementsAre(20, 100));
  EXPECT_EQ(ReadFileOf(folder_.path() + "/run/checkpoints/notes.txt"), "mine");
}

TEST_F(RunFilesTest, RemovesWhatAKilledRunWasWriting) {
  const std::string half = run_.checkpoint(3) + ".77.0.tmp";
  WriteFileOf(half, "half");
  ASSERT_TRUE(run_.Create().ok());
  EXPECT_FALSE(std::filesystem::exists(half));
  EXPECT_THAT(run_.CheckpointSteps(), IsEmpty());
}

// A limit on file sizes stands for a full disk: the write fails half-way.
TEST_F(RunFilesTest, AFullDiskLeavesTheLastCheckpoint) {
  Save(1);
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto previous_handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small = {200, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  const absl::Status status = SaveTrainingCheckpoint(CheckpointAt(2), run_.checkpoint(2));
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, previous_handler);

  EXPECT_FALSE(status.ok());
  EXPECT_THAT(std::string(status.message()), HasSubstr(run_.checkpoint(2)));
  EXPECT_THAT(std::string(status.message()), HasSubstr("File too large"));
  EXPECT_THAT(run_.CheckpointSteps(), ElementsAre(1));
  std::vector<std::string> passed_over;
  EXPECT_TRUE(ReadNewestCheckpoint(run_, passed_over).ok());
  EXPECT_THAT(passed_over, IsEmpty());
}

}  // namespace
}  // namespace pixelclip
