#include "trainer/method/learner.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>

#include "core/model/plain_array.h"
#include "core/model/weights.h"
#include "tests/trainer/method/training_fixture.h"

namespace pixelclip {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::RelativeError;
using testing::TrainingFixture;

constexpr char kVisual[] = "sem_seg_head.predictor.clip_model.visual.";

class LearnerTest : public ::testing::Test {
 protected:
  StepResult Step(PixelClipLearner& learner, const StepInput& input) {
    auto result = learner.Step(input);
    EXPECT_TRUE(result.ok()) << result.status();
    return result.ok() ? *result : StepResult();
  }
  StepResult Step(PixelClipLearner& learner, int64_t step) { return Step(learner, fixture_.Input(step)); }

  static void ExpectSame(const NamedTensors& a, const NamedTensors& b) {
    ASSERT_EQ(a.size(), b.size());
    for (const auto& [name, tensor] : a) EXPECT_TRUE(tensor.equal(b.at(name))) << name;
  }

  const TrainingFixture fixture_;
  const std::unique_ptr<Communicator> alone_ = MakeSingleProcess();
};

TEST_F(LearnerTest, FollowsThePublishedTrainingForTwelveSteps) {
  const auto learner = fixture_.PublishedLearner(TrainingFixture::Settings(), alone_.get());
  const at::Tensor &losses = fixture_.golden("loss"), &norms = fixture_.golden("grad_norm");
  for (int64_t step = 0; step < 12; ++step) {
    const StepResult result = Step(*learner, step);
    const auto loss = losses[step].item<double>(), norm = norms[step].item<double>();
    EXPECT_NEAR(result.loss, loss, 1e-3 * loss) << "step " << step;
    EXPECT_NEAR(result.gradient_norm, norm, 1e-3 * norm) << "step " << step;
    EXPECT_EQ(result.step, step);
    EXPECT_EQ(result.masks, 15) << "two of the seventeen are single pixels";
    RecordProperty("loss_error_" + std::to_string(step), std::to_string(result.loss / loss - 1));
    RecordProperty("norm_error_" + std::to_string(step), std::to_string(result.gradient_norm / norm - 1));
  }
  const NamedTensors state = learner->State();
  const std::pair<std::string, std::string> finals[] = {
      {std::string(kVisual) + "transformer.resblocks.0.attn.in_proj_weight", "final_attn_in_proj_weight_0"},
      {"head.proj.weight", "final_head_proj_weight"},
      {std::string(kVisual) + "positional_embedding", "final_positional_embedding"},
      {"sem_seg_head.predictor.prompt_tokens", "final_prompt_tokens"},
      {"teacher_encoder.visual.positional_embedding", "final_teacher_positional_embedding"},
  };
  for (const auto& [name, golden] : finals) {
    const double error = RelativeError(state.at(name), fixture_.golden(golden));
    EXPECT_LE(error, 1e-4) << name;
    RecordProperty(golden, std::to_string(error));
  }
}

TEST_F(LearnerTest, TrainsExactlyWhatThePublishedCodeTrains) {
  const auto learner = fixture_.Learner(TrainingFixture::Settings(), alone_.get());
  const NamedTensors parameters = learner->Parameters();
  EXPECT_EQ(parameters.size(), 20u + 13u + 1u);
  EXPECT_EQ(parameters.count(std::string(kVisual) + "positional_embedding"), 1u);
  EXPECT_EQ(parameters.count(std::string(kVisual) + "transformer.resblocks.2.attn.out_proj.bias"), 1u);
  EXPECT_EQ(parameters.count(std::string(kVisual) + "transformer.resblocks.2.ln_1.weight"), 0u);
}

TEST_F(LearnerTest, MicroBatchesGiveTheSameUpdate) {
  MethodSettings settings = TrainingFixture::Settings();
  const auto whole = fixture_.Learner(settings, alone_.get());
  settings.micro_batch = 1;
  const auto parts = fixture_.Learner(settings, alone_.get());
  for (int64_t step = 0; step < 2; ++step) {
    const StepResult expected = Step(*whole, step), result = Step(*parts, step);
    EXPECT_NEAR(result.loss, expected.loss, 1e-5 * expected.loss);
    EXPECT_NEAR(result.gradient_norm, expected.gradient_norm, 1e-4 * expected.gradient_norm);
    EXPECT_EQ(result.masks_per_cluster, expected.masks_per_cluster);
  }
  for (const auto& [name, tensor] : whole->Parameters()) {
    EXPECT_LE(RelativeError(parts->Parameters().at(name), tensor), 1e-3) << name;
  }
}

TEST_F(LearnerTest, GoesOnBitForBitFromItsState) {
  const auto learner = fixture_.Learner(TrainingFixture::Settings(), alone_.get());
  for (int64_t step = 0; step < 2; ++step) Step(*learner, step);
  const NamedTensors state = learner->State();
  EXPECT_EQ(learner->steps_done(), 2);

  const auto resumed = fixture_.Learner(TrainingFixture::Settings(), alone_.get());
  ASSERT_TRUE(resumed->Restore(state).ok());
  EXPECT_EQ(resumed->steps_done(), 2);
  for (int64_t step = 2; step < 4; ++step) {
    const StepResult expected = Step(*learner, step), result = Step(*resumed, step);
    EXPECT_EQ(result.loss, expected.loss);
    EXPECT_EQ(result.gradient_norm, expected.gradient_norm);
  }
  ExpectSame(resumed->State(), learner->State());
}

TEST_F(LearnerTest, RefusesAStateThatIsNotItsOwn) {
  const auto learner = fixture_.Learner(TrainingFixture::Settings(), alone_.get());
  const NamedTensors good = learner->State();
  NamedTensors state = good;
  state.erase("head.proj.bias");
  EXPECT_THAT(std::string(learner->Restore(state).message()), HasSubstr("head.proj.bias"));
  state = good;
  state["head.proj.bias"] = at::zeros({2});
  EXPECT_THAT(std::string(learner->Restore(state).message()),
              AllOf(HasSubstr("head.proj.bias"), HasSubstr("[2] of Float"), HasSubstr("[1] of Float")));
  state = good;
  state["head.other"] = at::zeros({2});
  EXPECT_THAT(std::string(learner->Restore(state).message()), HasSubstr("head.other"));
  ExpectSame(learner->State(), good);
}

TEST_F(LearnerTest, AStepWithoutMasksMovesTheTeacherAlone) {
  const auto learner = fixture_.Learner(TrainingFixture::Settings(), alone_.get());
  Step(*learner, int64_t{0});
  const NamedTensors before = learner->State();
  StepInput input = fixture_.Input(1);
  input.masks[0] = at::zeros({0, 128, 128}, at::kByte);
  input.masks[1] = at::zeros({3, 128, 128}, at::kByte);
  const StepResult result = Step(*learner, input);
  EXPECT_FALSE(result.updated);
  EXPECT_EQ(result.loss, 0);
  EXPECT_EQ(result.masks, 0);
  EXPECT_EQ(learner->steps_done(), 2);
  bool teacher_moved = false;
  for (const auto& [name, tensor] : learner->State()) {
    if (name.compare(0, 7, "teacher") == 0) {
      teacher_moved = teacher_moved || !tensor.equal(before.at(name));
    } else if (name != "steps_done") {
      EXPECT_TRUE(tensor.equal(before.at(name))) << name;
    }
  }
  EXPECT_TRUE(teacher_moved);
}

TEST_F(LearnerTest, APictureWithoutMasksCountsForNothing) {
  MethodSettings settings = TrainingFixture::Settings();
  const auto both = fixture_.Learner(settings, alone_.get()), one = fixture_.Learner(settings, alone_.get());
  StepInput input = fixture_.Input(0);
  input.masks[1] = at::zeros({0, 128, 128}, at::kBool);
  const StepInput first = {input.weak.narrow(0, 0, 1), input.strong.narrow(0, 0, 1), {input.masks[0]}};
  const StepResult with = Step(*both, input), without = Step(*one, first);
  EXPECT_NEAR(with.loss, without.loss, 1e-6);
  EXPECT_NEAR(with.gradient_norm, without.gradient_norm, 1e-4 * without.gradient_norm);
  EXPECT_NEAR(with.covered_share, without.covered_share / 2, 1e-9);
}

TEST_F(LearnerTest, ANonFiniteLossIsAnErrorThatNamesTheStepAndChangesNothing) {
  const auto learner = fixture_.Learner(TrainingFixture::Settings(), alone_.get());
  Step(*learner, int64_t{0});
  const NamedTensors before = learner->State();
  StepInput input = fixture_.Input(1);
  input.strong = input.strong.to(at::kFloat);
  input.weak = input.weak.to(at::kFloat);
  input.strong[1][0][5][5] = std::numeric_limits<float>::quiet_NaN();
  const auto result = learner->Step(input);
  EXPECT_EQ(result.status().code(), absl::StatusCode::kInternal);
  EXPECT_THAT(std::string(result.status().message()), AllOf(HasSubstr("step 1"), HasSubstr("nan")));
  ExpectSame(learner->State(), before);
  Step(*learner, int64_t{1});  // and training can go on
}

TEST_F(LearnerTest, RefusesInputOfAWrongShapeByName) {
  const auto learner = fixture_.Learner(TrainingFixture::Settings(), alone_.get());
  const auto problem = [&](const std::function<void(StepInput&)>& change) {
    StepInput input = fixture_.Input(0);
    change(input);
    const absl::Status status = learner->Step(input).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    return std::string(status.message());
  };
  EXPECT_THAT(problem([](auto& i) { i.weak = i.weak[0]; }),
              AllOf(HasSubstr("weak"), HasSubstr("[3, 128, 128]")));
  EXPECT_THAT(problem([](auto& i) { i.strong = at::Tensor(); }), HasSubstr("strong: is nothing"));
  EXPECT_THAT(problem([](auto& i) { i.strong = i.strong.narrow(2, 0, 64); }), HasSubstr("strong"));
  EXPECT_THAT(problem([](auto& i) { i.masks.pop_back(); }),
              AllOf(HasSubstr("masks"), HasSubstr("expected 2")));
  EXPECT_THAT(problem([](auto& i) { i.masks[1] = i.masks[1].to(at::kFloat); }),
              AllOf(HasSubstr("masks[1]"), HasSubstr("Float")));
  EXPECT_EQ(learner->steps_done(), 0);
}

// Every ablation of the paper makes steps that learn.
struct Ablation {
  std::string name;
  std::function<void(MethodSettings&)> change;
  size_t parameters;
};

class AblationTest : public LearnerTest, public ::testing::WithParamInterface<Ablation> {};

TEST_P(AblationTest, Learns) {
  MethodSettings settings = TrainingFixture::Settings();
  settings.steps = 100;
  settings.clip_norm = 0;
  GetParam().change(settings);
  const auto learner = fixture_.Learner(settings, alone_.get());
  EXPECT_EQ(learner->Parameters().size(), GetParam().parameters);
  const NamedTensors before = learner->State();
  const StepInput input = fixture_.Input(0);
  const StepResult first = Step(*learner, input);
  EXPECT_EQ(first.masks_per_cluster.size(), settings.cluster_masks ? settings.clusters : 0);
  StepResult last;
  for (int i = 0; i < 4; ++i) last = Step(*learner, input);
  EXPECT_LT(last.loss, first.loss);
  const NamedTensors after = learner->State();
  for (const auto& [name, tensor] : learner->Parameters())
    EXPECT_FALSE(tensor.equal(before.at(name))) << name;

  const auto inspection = learner->Inspect(input);
  ASSERT_TRUE(inspection.ok()) << inspection.status();
  EXPECT_EQ(inspection->assignments[1].size(0), input.masks[1].size(0));
  EXPECT_EQ(inspection->predictions[0].sizes(), inspection->targets[0].sizes());
  ExpectSame(learner->State(), after);
}

INSTANTIATE_TEST_SUITE_P(
    Paper, AblationTest,
    ::testing::Values(Ablation{"WithoutClustering", [](auto& s) { s.cluster_masks = false; }, 33},
                      Ablation{"WithoutTextEncoder", [](auto& s) { s.text_encoder = false; }, 34},
                      Ablation{"WithoutLearntPrompts", [](auto& s) { s.learn_prompts = false; }, 33},
                      Ablation{"WithoutMomentum", [](auto& s) { s.momentum = 0; }, 34},
                      Ablation{"FrozenTeacher", [](auto& s) { s.momentum = 1; }, 34},
                      Ablation{"PromptEnsemble",
                               [](auto& s) {
                                 s.prompt_templates = {"A photo of a {} in the scene", "{article} {}."};
                               },
                               34},
                      Ablation{"FullEncoder", [](auto& s) { s.tuned_parts = {{""}}; }, 21 + 44},
                      Ablation{"FrozenEncoder", [](auto& s) { s.tuned_parts.emplace(); }, 21},
                      Ablation{"MeanOfRanks", [](auto& s) { s.loss_average = LossAverage::kRanks; }, 34},
                      Ablation{"Bfloat16", [](auto& s) { s.bfloat16 = true; }, 34}),
    [](const auto& instance) { return instance.param.name; });

TEST_F(LearnerTest, TheTeacherIsTheStudentOrItsStartAtTheEndsOfMomentum) {
  MethodSettings settings = TrainingFixture::Settings();
  const std::string name = "visual.positional_embedding";
  for (const double momentum : {0.0, 1.0}) {
    settings.momentum = momentum;
    const auto learner = fixture_.Learner(settings, alone_.get());
    const NamedTensors start = learner->State();
    Step(*learner, int64_t{0});
    const at::Tensor student = learner->State().at("sem_seg_head.predictor.clip_model." + name);
    Step(*learner, int64_t{1});
    const at::Tensor teacher = learner->State().at("teacher_encoder." + name);
    EXPECT_TRUE(teacher.equal(momentum == 0 ? student : start.at("teacher_encoder." + name)));
  }
}

TEST_F(LearnerTest, Bfloat16StaysNearFloat32) {
  MethodSettings settings = TrainingFixture::Settings();
  const auto exact = fixture_.Learner(settings, alone_.get());
  settings.bfloat16 = true;
  const auto rounded = fixture_.Learner(settings, alone_.get());
  const StepResult expected = Step(*exact, int64_t{0}), result = Step(*rounded, int64_t{0});
  EXPECT_NE(result.loss, expected.loss);
  EXPECT_NEAR(result.loss, expected.loss, 0.02 * expected.loss);
  EXPECT_NEAR(result.gradient_norm, expected.gradient_norm, 0.1 * expected.gradient_norm);
}

TEST_F(LearnerTest, BadTemplatesAreNamed) {
  MethodSettings settings = TrainingFixture::Settings();
  for (const char* sentence : {"A photo", "{} and {}"}) {
    settings.prompt_templates = {"a {}", sentence};
    const auto learner = PixelClipLearner::Make(fixture_.checkpoint(), settings, alone_.get());
    EXPECT_THAT(std::string(learner.status().message()),
                AllOf(HasSubstr("prompt_templates[1]"), HasSubstr(sentence)));
  }
  settings.prompt_templates = {"a {}"};
  settings.prompt_length = 75;
  EXPECT_THAT(
      std::string(PixelClipLearner::Make(fixture_.checkpoint(), settings, alone_.get()).status().message()),
      AllOf(HasSubstr("prompt_templates[0]"), HasSubstr("77")));
}

TEST_F(LearnerTest, GivenWordsAreWherePromptsStart) {
  MethodSettings settings = TrainingFixture::Settings();
  settings.prompt_words.assign(8, "a photo of the");
  const auto learner = fixture_.Learner(settings, alone_.get());
  const at::Tensor prompts = learner->State().at("sem_seg_head.predictor.prompt_tokens");
  const at::Tensor table = Weights(fixture_.checkpoint().tensors).Get("token_embedding.weight");
  EXPECT_TRUE(prompts[7][1].equal(table[1125]));
  EXPECT_TRUE(prompts[0].equal(prompts[7]));
  const at::Tensor embeddings = learner->ClusterEmbeddings();
  EXPECT_EQ(embeddings.sizes(), at::IntArrayRef({8, 64}));
  EXPECT_NEAR(embeddings[3].norm().item<float>(), 1, 1e-5);
}

TEST_F(LearnerTest, ExportsTheStudentAndPublishedNames) {
  const auto learner = fixture_.Learner(TrainingFixture::Settings(), alone_.get());
  Step(*learner, int64_t{0});
  const Checkpoint exported = learner->Export();
  EXPECT_EQ(exported.tensors.size(), fixture_.checkpoint().tensors.size());
  const NamedTensors parameters = learner->Parameters(), published = learner->PublishedTensors();
  const Weights weights(exported.tensors), original(fixture_.checkpoint().tensors);
  const std::string tuned = "visual.transformer.resblocks.1.attn.in_proj_weight";
  EXPECT_TRUE(weights.Get(tuned).equal(parameters.at("sem_seg_head.predictor.clip_model." + tuned)));
  EXPECT_FALSE(weights.Get(tuned).equal(original.Get(tuned)));
  EXPECT_TRUE(weights.Get("visual.proj").equal(original.Get("visual.proj")));
  EXPECT_TRUE(weights.Get("text_projection").equal(original.Get("text_projection")));
  ASSERT_TRUE(exported.prompt_tokens.has_value());
  EXPECT_EQ(exported.prompt_tokens->shape, (std::vector<int64_t>{8, 4, 64}));

  for (const auto& [name, tensor] : exported.tensors) {
    const auto found = published.find("sem_seg_head.predictor.clip_model." + name);
    ASSERT_NE(found, published.end()) << name;
    EXPECT_TRUE(found->second.equal(weights.Get(name))) << name;
    const bool visual = name.compare(0, 7, "visual.") == 0;
    EXPECT_EQ(published.count("teacher_encoder." + name), visual ? 1u : 0u) << name;
  }
  EXPECT_EQ(published.count("head.conv2.double_conv.4.bias"), 1u);
  EXPECT_EQ(published.count("sem_seg_head.predictor.prompt_tokens"), 1u);
}

TEST_F(LearnerTest, InspectionAgreesWithTheStep) {
  const auto learner = fixture_.Learner(TrainingFixture::Settings(), alone_.get());
  const StepInput input = fixture_.Input(0);
  const auto inspection = learner->Inspect(input);
  ASSERT_TRUE(inspection.ok()) << inspection.status();
  EXPECT_TRUE(inspection->embeddings.equal(learner->ClusterEmbeddings()));
  const StepResult result = Step(*learner, input);  // the teacher's first update moves nothing
  std::vector<int64_t> masks_per_cluster(8);
  for (const at::Tensor& assignment : inspection->assignments) {
    EXPECT_EQ(assignment[assignment.size(0) - 1].item<int64_t>(), -1) << "the last mask is a single pixel";
    for (int64_t m = 0; m + 1 < assignment.size(0); ++m) ++masks_per_cluster[assignment[m].item<int64_t>()];
  }
  EXPECT_EQ(masks_per_cluster, result.masks_per_cluster);
  EXPECT_GT(inspection->predictions[0].min().item<float>(), 0);
  EXPECT_LT(inspection->predictions[0].max().item<float>(), 1);
}

TEST(MiniLearnerTest, TrainsTheWholeEfficientNetButItsStatistics) {
  const auto checkpoint = LoadCheckpoint(PIXELCLIP_MODELS "/mini");
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.status();
  MethodSettings settings;
  settings.clusters = 3;
  settings.resolution = 64;
  settings.mask_resolution = 32;
  const auto alone = MakeSingleProcess();
  auto learner = PixelClipLearner::Make(*checkpoint, settings, alone.get());
  ASSERT_TRUE(learner.ok()) << learner.status();
  StepInput input = {at::full({1, 3, 64, 64}, 100, at::kByte), at::full({1, 3, 64, 64}, 90, at::kByte), {}};
  input.weak.narrow(2, 0, 32).fill_(7);
  input.strong.narrow(2, 0, 32).fill_(9);
  at::Tensor masks = at::zeros({2, 32, 32}, at::kBool);
  masks[0].narrow(0, 0, 16).fill_(true);
  masks[1].narrow(0, 16, 16).fill_(true);
  input.masks = {masks};
  const NamedTensors before = (*learner)->State();
  const auto result = (*learner)->Step(input);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->covered_share, 1);
  const std::string trunk = std::string(kVisual) + "trunk.";
  const NamedTensors parameters = (*learner)->Parameters();
  for (const char* name : {"conv_stem.weight", "bn1.weight", "blocks.3.0.bn2.bias", "conv_head.weight"}) {
    ASSERT_EQ(parameters.count(trunk + name), 1u) << name;
    EXPECT_FALSE(parameters.at(trunk + name).equal(before.at(trunk + name))) << name;
  }
  EXPECT_EQ(parameters.count(trunk + "bn1.running_mean"), 0u);
}

}  // namespace
}  // namespace pixelclip
