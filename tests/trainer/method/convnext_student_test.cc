// A ConvNeXt student against the published training and against timm's gradients. make_convnext.py in
// tests/data/trainer/method writes the golden values.
#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/model/plain_array.h"
#include "core/model/weights.h"
#include "tests/trainer/method/thread_ranks.h"
#include "tests/trainer/method/training_fixture.h"
#include "trainer/method/stochastic_depth.h"
#include "trainer/method/training_model.h"
#include "trainer/method/visual_tower.h"

namespace pixelclip {
namespace {

using testing::Fixture;
using testing::Golden;
using testing::GoldenTensors;
using testing::GoldenTensorsOf;
using testing::RelativeError;
using testing::ThreadRanks;
using testing::TrainingFixture;

constexpr char kStudent[] = "sem_seg_head.predictor.clip_model.";
constexpr char kPrompts[] = "sem_seg_head.predictor.prompt_tokens";
constexpr char kGradient[] = "gradient.";

class ConvNeXtStudentTest : public ::testing::Test {
 protected:
  ConvNeXtStudentTest()
      : golden_(GoldenTensorsOf(PIXELCLIP_TEST_DATA "/trainer/method/convnext.safetensors")) {
    auto checkpoint = LoadCheckpoint(Fixture("convnext"));
    EXPECT_TRUE(checkpoint.ok()) << checkpoint.status();
    checkpoint_ = *std::move(checkpoint);
    settings_ = TrainingFixture::Settings();
    settings_.epsilon = 1;
    settings_.steps = 2;
  }

  std::map<std::string, at::Tensor> golden_;
  Checkpoint checkpoint_;
  MethodSettings settings_;
};

TEST_F(ConvNeXtStudentTest, GradientsAreTimms) {
  const VisualTower tower(checkpoint_, Weights(checkpoint_.tensors),
                          DefaultTunedParts(checkpoint_.config.vision));
  VisualTower::Tensors tuned = tower.TunedCopy();
  EXPECT_EQ(tuned.size(), tower.start().size()) << "the whole encoder is trained";
  for (auto& [name, tensor] : tuned) tensor.requires_grad_(true);

  const Golden inputs(Fixture("convnext/golden.safetensors"));
  const at::Tensor image = ViewAsTensor(inputs.Values("image_0"), inputs.Shape("image_0"));
  (tower.Encoder(tuned)->EncodeDense(image).square().sum() / 2).backward();
  int compared = 0;
  for (const auto& [name, expected] : golden_) {
    if (name.rfind(kGradient, 0) != 0) continue;
    const at::Tensor& gradient = tuned.at(name.substr(sizeof kGradient - 1)).grad();
    ASSERT_TRUE(gradient.defined()) << name;
    EXPECT_LE(RelativeError(gradient, expected), 1e-4) << name;
    ++compared;
  }
  EXPECT_EQ(compared, 47);
}

TEST_F(ConvNeXtStudentTest, FollowsThePublishedTrainingForTwoSteps) {
  const auto alone = MakeSingleProcess();
  auto learner = PixelClipLearner::Make(checkpoint_, settings_, alone.get());
  ASSERT_TRUE(learner.ok()) << learner.status();
  NamedTensors start = (*learner)->State();
  for (const auto& [name, tensor] : GoldenTensors("initial_decoder")) start[name] = tensor;
  start[kPrompts] = golden_.at("prompt_tokens");
  ASSERT_TRUE((*learner)->Restore(start).ok());

  const TrainingFixture pictures;
  for (int64_t step = 0; step < 2; ++step) {
    const auto result = (*learner)->Step(pictures.Input(step));
    ASSERT_TRUE(result.ok()) << result.status();
    const auto loss = golden_.at("loss")[step].item<double>(),
               norm = golden_.at("grad_norm")[step].item<double>();
    EXPECT_NEAR(result->loss, loss, 1e-4 * loss) << "step " << step;
    EXPECT_NEAR(result->gradient_norm, norm, 1e-3 * norm) << "step " << step;
  }
  const NamedTensors state = (*learner)->State();
  const auto expect = [&](const std::string& name, const std::string& golden) {
    EXPECT_LE(RelativeError(state.at(name), golden_.at(golden)), 1e-4) << name;
  };
  for (const std::string name :
       {"trunk.stem.1.weight", "trunk.stages.2.blocks.1.gamma", "head.proj.weight"}) {
    expect(std::string(kStudent) + "visual." + name, "final." + name);
  }
  expect(kPrompts, "final.prompt_tokens");
  expect("teacher_encoder.visual.head.proj.weight", "final_teacher.head.proj.weight");
}

TEST_F(ConvNeXtStudentTest, LeavesBlocksOutAsTimmDoes) {
  const VisualTower tower(checkpoint_, Weights(checkpoint_.tensors), {});
  ASSERT_EQ(tower.blocks(), golden_.at("drop_path.factors").size(0));
  const Golden inputs(Fixture("convnext/golden.safetensors"));
  const at::Tensor image = ViewAsTensor(inputs.Values("image_0"), inputs.Shape("image_0"));
  const auto encoder = tower.Encoder(tower.TunedCopy(), golden_.at("drop_path.factors"));
  EXPECT_LE(
      RelativeError(encoder->EncodeDense(at::cat({image, image.flip(3)})), golden_.at("drop_path.dense")),
      1e-5);
}

TEST_F(ConvNeXtStudentTest, DrawsBlocksWithTimmsChances) {
  constexpr int64_t kPictures = 20000;
  const auto draw = [](Tower tower, int64_t step, int64_t first, int64_t count) {
    return DrawBranchFactors(tower, 5, 0.1, /*seed=*/3, step, first, count);
  };
  const at::Tensor factors = draw(Tower::kStudent, 7, 0, kPictures);
  for (int64_t block = 0; block < 5; ++block) {
    const auto rate = golden_.at("drop_path.rates")[block].item<double>();
    const at::Tensor kept = factors[block].ne(0);
    EXPECT_NEAR(kept.sum().item<double>() / kPictures, 1 - rate, 0.01);
    EXPECT_NEAR(factors[block].max().item<double>(), 1 / (1 - rate), 1e-6);
    EXPECT_NEAR(factors[block].sum().item<double>(), kept.sum().item<double>() / (1 - rate), 0.1);
  }
  EXPECT_TRUE(draw(Tower::kStudent, 7, 100, 40).equal(factors.narrow(1, 100, 40))) << "of any share";
  EXPECT_FALSE(draw(Tower::kStudent, 8, 0, kPictures).equal(factors));
  EXPECT_FALSE(draw(Tower::kTeacher, 7, 0, kPictures).equal(factors));
}

TEST_F(ConvNeXtStudentTest, RanksAndMicroBatchesLeaveOutTheSameBlocks) {
  const TrainingFixture pictures;
  const StepInput input = pictures.Input(0);
  const auto step = [&](Communicator& communicator, double drop_path, int64_t micro_batch) {
    MethodSettings settings = settings_;
    settings.drop_path = drop_path;
    settings.micro_batch = micro_batch;
    auto learner = PixelClipLearner::Make(checkpoint_, settings, &communicator);
    EXPECT_TRUE(learner.ok()) << learner.status();
    const int64_t share = 2 / communicator.world_size(), first = share * communicator.rank();
    return *(*learner)->Step({input.weak.narrow(0, first, share),
                              input.strong.narrow(0, first, share),
                              {input.masks.begin() + first, input.masks.begin() + first + share}});
  };
  const auto alone = MakeSingleProcess();
  const StepResult whole = step(*alone, 0.9, 0);
  const auto expect_same = [&](const StepResult& other) {
    EXPECT_NEAR(other.loss, whole.loss, 1e-5 * whole.loss);
    EXPECT_NEAR(other.gradient_norm, whole.gradient_norm, 5e-5 * whole.gradient_norm);
  };
  expect_same(step(*alone, 0.9, 1));
  ThreadRanks(2).Run([&](Communicator& communicator) { expect_same(step(communicator, 0.9, 0)); });
  // Branches of so small a model count for little.
  EXPECT_GT(std::abs(step(*alone, 0, 0).gradient_norm - whole.gradient_norm), 3e-4 * whole.gradient_norm);
}

TEST_F(ConvNeXtStudentTest, WeightsDecayWhereThePublishedOnesDo) {
  const auto model = TrainingModel::Make(checkpoint_, settings_, at::kCPU);
  ASSERT_TRUE(model.ok()) << model.status();
  int64_t decayed = 0;
  for (const TrainedParameter& parameter : model->Parameters()) {
    if (parameter.weight_decay > 0) decayed += parameter.value.numel();
  }
  EXPECT_EQ(decayed, golden_.at("decayed_numbers").item<int64_t>());
}

}  // namespace
}  // namespace pixelclip
