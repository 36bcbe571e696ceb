// Training steps on one prepared batch, without a loader: what bench/compare_training times against the
// published implementation. Prints one line of JSON.
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/from_blob.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/or_throw.h"
#include "core/checkpoint/checkpoint.h"
#include "core/checkpoint/weight_file.h"
#include "trainer/method/learner.h"
#include "trainer/scale/communicator.h"

namespace pixelclip {
namespace {

struct Options {
  std::string weights;
  std::string batch;
  std::string decoder;
  std::string device = "cpu";
  int64_t resolution = 320;
  int steps = 3;
};

// A copy; bytes stay bytes, all else becomes float32.
at::Tensor ToTensor(const StoredTensor& stored) {
  if (stored.dtype == DType::kU8) {
    std::vector<std::byte> bytes = ToContiguousBytes(stored);
    return at::from_blob(bytes.data(), stored.shape, at::kByte).clone();
  }
  std::vector<float> values = ToFloat32(stored);
  return at::from_blob(values.data(), stored.shape, at::kFloat).clone();
}

StepInput ReadBatch(const std::string& path) {
  const WeightFile file = ValueOf(OpenWeightFile(path));
  StepInput input{ToTensor(file.tensors.at("weak")), ToTensor(file.tensors.at("strong")), {}};
  for (int64_t i = 0; i < input.weak.size(0); ++i)
    input.masks.push_back(ToTensor(file.tensors.at("masks." + std::to_string(i))));
  return input;
}

void StartDecoderFrom(const std::string& path, PixelClipLearner& learner) {
  const at::NoGradGuard no_grad;
  const NamedTensors parameters = learner.Parameters();
  const WeightFile file = ValueOf(OpenWeightFile(path));
  for (const auto& [name, stored] : file.tensors) {
    at::Tensor parameter = parameters.at(name);
    parameter.copy_(ToTensor(stored));
  }
}

nlohmann::ordered_json Measure(const Options& options) {
  LoadOptions load;
  load.activation = Activation::kQuickGelu;
  const Checkpoint checkpoint = ValueOf(LoadCheckpoint(options.weights, load));
  MethodSettings settings;
  settings.resolution = options.resolution;
  settings.device = options.device;
  const auto alone = MakeSingleProcess();
  const auto learner = ValueOf(PixelClipLearner::Make(checkpoint, settings, alone.get()));
  StartDecoderFrom(options.decoder, *learner);
  const StepInput input = ReadBatch(options.batch);

  std::vector<double> seconds, losses;
  for (int step = 0; step <= options.steps; ++step) {
    const auto start = std::chrono::steady_clock::now();
    losses.push_back(ValueOf(learner->Step(input)).loss);
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start;
    if (step > 0) seconds.push_back(passed.count());  // the first one warms up
  }
  return {{"seconds", seconds}, {"losses", losses}};
}

int Run(int argc, char** argv) {
  Options options;
  CLI::App app("Times training steps on one batch");
  app.add_option("--weights", options.weights, "a CLIP with a ViT and QuickGELU")->required();
  app.add_option("--batch", options.batch, "safetensors: weak, strong, masks.0, masks.1, ...")->required();
  app.add_option("--decoder", options.decoder, "safetensors: the decoder's parameters, head.*")->required();
  app.add_option("--device", options.device, "cpu or cuda:N")->capture_default_str();
  app.add_option("--resolution", options.resolution, "pixels a side of the encoders' input")
      ->capture_default_str();
  app.add_option("--steps", options.steps, "timed steps, after one that is not")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  try {
    std::cout << Measure(options).dump() << std::endl;
    return 0;
  } catch (const std::exception& e) {
    std::cerr << "training_step: " << e.what() << std::endl;
    return 1;
  }
}

}  // namespace
}  // namespace pixelclip

int main(int argc, char** argv) { return pixelclip::Run(argc, argv); }
