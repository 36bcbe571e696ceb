#ifndef PIXELCLIP_TESTS_TRAINER_METHOD_TRAINING_FIXTURE_H_
#define PIXELCLIP_TESTS_TRAINER_METHOD_TRAINING_FIXTURE_H_

#include <ATen/ops/stack.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/checkpoint/checkpoint.h"
#include "tests/trainer/method/golden_tensors.h"
#include "trainer/method/learner.h"

namespace pixelclip::testing {

// The published implementation's twelve steps: two pictures each, on a small CLIP.
class TrainingFixture {
 public:
  TrainingFixture() : golden_(GoldenTensors("trajectory")) {
    auto checkpoint = LoadCheckpoint(Fixture("method/initial_clip.safetensors"));
    EXPECT_TRUE(checkpoint.ok()) << checkpoint.status();
    checkpoint_ = *std::move(checkpoint);
  }

  const Checkpoint& checkpoint() const { return checkpoint_; }
  const at::Tensor& golden(const std::string& name) const { return golden_.at(name); }

  // As the steps were made; words are the published ones by the seed alone.
  static MethodSettings Settings() {
    MethodSettings settings;
    settings.clusters = 8;
    settings.resolution = 96;
    settings.mask_resolution = 64;
    settings.steps = 12;
    return settings;
  }

  StepInput Input(int64_t step) const {
    const std::string prefix = "step" + std::to_string(step) + "_";
    const auto get = [&](const std::string& name) { return golden(prefix + name).to(at::kByte); };
    return {at::stack({get("image0"), get("image1")}),
            at::stack({get("strong0"), get("strong1")}),
            {get("masks0"), get("masks1")}};
  }

  std::unique_ptr<PixelClipLearner> Learner(const MethodSettings& settings,
                                            Communicator* communicator) const {
    auto learner = PixelClipLearner::Make(checkpoint_, settings, communicator);
    EXPECT_TRUE(learner.ok()) << learner.status();
    return *std::move(learner);
  }

  // The same with the decoder that the published steps began with.
  std::unique_ptr<PixelClipLearner> PublishedLearner(const MethodSettings& settings,
                                                     Communicator* communicator) const {
    auto learner = Learner(settings, communicator);
    NamedTensors state = learner->State();
    for (const auto& [name, tensor] : GoldenTensors("initial_decoder")) state[name] = tensor;
    EXPECT_TRUE(learner->Restore(state).ok());
    return learner;
  }

 private:
  std::map<std::string, at::Tensor> golden_;
  Checkpoint checkpoint_;
};

}  // namespace pixelclip::testing

#endif  // PIXELCLIP_TESTS_TRAINER_METHOD_TRAINING_FIXTURE_H_
