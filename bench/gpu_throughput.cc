// Pictures a second of the engine on a GPU: the visual encoder at several batch sizes, from arrays in the
// host's memory to features there, and the head from those to labels. bench/gpu_throughput.py runs it beside
// the published implementation. Prints one line of JSON.
#include <ATen/core/Tensor.h>
#include <c10/core/InferenceMode.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <iostream>
#include <mutex>
#include <nlohmann/json.hpp>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "bench/or_throw.h"
#include "core/checkpoint/weight_file.h"
#include "core/cuda/device_head.h"
#include "core/label_pixels.h"
#include "core/model/device.h"
#include "core/model/plain_array.h"
#include "core/precision.h"
#include "core/score_grid.h"
#include "core/segmenter.h"
#include "core/stopwatch.h"

namespace pixelclip {
namespace {

struct Options {
  std::string weights;
  std::string inputs;
  std::string out;
  std::string device = "cuda:0";
  std::string precision = "bf16";
  std::vector<int> batches = {1, 2, 4, 8, 16, 32, 64, 128};
  int lanes = 2;
  int classes = 150;
  int width = 1920;
  int height = 1080;
  double seconds = 3;
};

NetworkInput ReadInput(const std::string& path) {
  const WeightFile file = ValueOf(OpenWeightFile(path));
  const StoredTensor& image = file.tensors.at("image");
  return {static_cast<int>(image.shape[1]), static_cast<int>(image.shape[2]), ToFloat32(image)};
}

// How often a second `work` is done on one thread, which has done it twice before.
template <typename Work>
double Rate(double seconds, const Work& work) {
  for (int i = 0; i < 2; ++i) work();
  const Stopwatch stopwatch;
  int times = 0;
  for (; times == 0 || stopwatch.Total() < seconds; ++times) work();
  return times / stopwatch.Total();
}

// Of as many threads as there are lanes, each with batches of its own.
double PicturesPerSecond(const Segmenter& segmenter, const NetworkInput& input, int batch,
                         const Options& options) {
  const std::vector<NetworkInput> inputs(batch, input);
  std::mutex mutex;
  double pictures = 0;
  absl::Status failed;
  std::vector<std::thread> threads;
  for (int lane = 0; lane < options.lanes; ++lane) {
    threads.emplace_back([&] {
      absl::Status status;
      const double rate =
          Rate(options.seconds, [&] { status.Update(segmenter.EncodeImages(inputs).status()); });
      const std::lock_guard<std::mutex> lock(mutex);
      pictures += batch * rate;
      failed.Update(status);
    });
  }
  for (std::thread& thread : threads) thread.join();
  if (!failed.ok()) throw std::runtime_error(std::string(failed.message()));
  return pictures;
}

std::vector<float> RandomNumbers(size_t count) {
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  std::vector<float> values(count);
  for (float& value : values) value = normal(random);
  return values;
}

// From a picture's features to its labels and scores, all in the host's memory but the words.
nlohmann::ordered_json MeasureHead(const DenseFeatures& features, const Options& options) {
  const c10::InferenceMode no_gradients;
  const c10::Device device = ValueOf(FindDevice(options.device));
  const int64_t channels = features.channels;
  const at::Tensor words = Normalize(
      ViewAsTensor(RandomNumbers(options.classes * channels), {options.classes, channels}).clone(), 1);
  const at::Tensor words_there = words.to(device);
  at::Tensor labels, scores;
  const double there = Rate(options.seconds, [&] {
    const at::Tensor dense =
        ViewAsTensor(features.values, {features.height, features.width, channels}).to(device);
    const DeviceLabels made = LabelOnDevice(ScorePlanes(dense, words_there), options.width, options.height);
    labels = made.labels.to(at::kShort).cpu();
    scores = made.scores.cpu();
  });

  const TextFeatures texts{options.classes, features.channels, ToPlainArray(words)};
  PixelLabels expected;
  const double here = Rate(options.seconds, [&] {
    expected = LabelPixels(MakeScoreGrid(features, texts), options.width, options.height);
  });
  const int16_t* got = labels.const_data_ptr<int16_t>();
  int64_t same = 0;
  for (const uint16_t label : expected.labels.labels) same += static_cast<uint16_t>(*got++) == label;
  return {{"classes", options.classes},
          {"width", options.width},
          {"height", options.height},
          {"pictures_per_second", there},
          {"cpu_pictures_per_second_of_one_thread", here},
          {"same_labels", static_cast<double>(same) / static_cast<double>(labels.numel())}};
}

nlohmann::ordered_json Measure(const Options& options) {
  const NetworkInput input = ReadInput(options.inputs);
  SegmenterOptions load;
  load.activation = Activation::kQuickGelu;
  load.device = options.device;
  load.precision = *PrecisionOfName(options.precision);
  const auto segmenter = ValueOf(Segmenter::Load(options.weights, load));
  nlohmann::ordered_json result = {{"device", options.device},
                                   {"precision", options.precision},
                                   {"input", {input.height, input.width}},
                                   {"lanes", options.lanes}};
  for (const int batch : options.batches) {
    result["encoder"].push_back(
        {{"batch", batch}, {"pictures_per_second", PicturesPerSecond(*segmenter, input, batch, options)}});
  }
  result["memory_bytes"] = segmenter->memory_bytes();
  const DenseFeatures features = ValueOf(segmenter->EncodeImages({input})).front();
  result["head"] = MeasureHead(features, options);
  std::ofstream out(options.out, std::ios::binary);
  out.write(reinterpret_cast<const char*>(features.values.data()),
            static_cast<std::streamsize>(features.values.size() * sizeof(float)));
  if (!out.flush()) throw std::runtime_error(options.out + ": cannot be written");
  return result;
}

}  // namespace
}  // namespace pixelclip

int main(int argc, char** argv) {
  pixelclip::Options options;
  CLI::App app("Pictures a second of the engine on a GPU.", "gpu_throughput");
  app.add_option("--weights", options.weights, "A CLIP with QuickGELU")->required();
  app.add_option("--inputs", options.inputs, "Safetensors file with image [3, h, w], normalised")->required();
  app.add_option("--out", options.out, "File for that image's raw features (float32)")->required();
  app.add_option("--device", options.device, "cuda:NUMBER, or cpu to try this out [cuda:0]");
  app.add_option("--precision", options.precision, "Of the visual encoder: fp32 or bf16 [bf16]")
      ->check(CLI::IsMember({"fp32", "bf16"}));
  app.add_option("--batches", options.batches, "Batch sizes [1 2 4 8 16 32 64 128]")
      ->check(CLI::Range(1, 4096));
  app.add_option("--lanes", options.lanes, "Threads that encode at once [2]")->check(CLI::Range(1, 64));
  app.add_option("--classes", options.classes, "Of the head [150]")->check(CLI::Range(1, 10000));
  app.add_option("--width", options.width, "Pixels of the head's label map [1920]")
      ->check(CLI::Range(1, 16384));
  app.add_option("--height", options.height, "[1080]")->check(CLI::Range(1, 16384));
  app.add_option("--seconds", options.seconds, "How long each figure is measured [3]")
      ->check(CLI::Range(0.0, 3600.0));
  CLI11_PARSE(app, argc, argv);
  try {
    std::cout << pixelclip::Measure(options).dump() << std::endl;
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "gpu_throughput: " << error.what() << std::endl;
    return 1;
  }
}
