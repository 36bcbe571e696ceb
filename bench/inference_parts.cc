// The parts of a request, each by itself, on prepared inputs: what bench/compare_inference times against the
// published implementation. Prints one line of JSON; --out takes the last result, to be compared.
#include <CLI/CLI.hpp>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "bench/or_throw.h"
#include "core/checkpoint/weight_file.h"
#include "core/image/decode.h"
#include "core/label_pixels.h"
#include "core/precision.h"
#include "core/score_grid.h"
#include "core/segmenter.h"
#include "core/stopwatch.h"
#include "core/text/words_file.h"

namespace pixelclip {
namespace {

struct Options {
  std::string part;
  std::string weights;
  std::string inputs;
  std::string words_file;
  std::string pattern;
  std::string image;
  std::string out;
  std::string precision = "fp32";
  int resolution = 320;
  int width = 1920;
  int height = 1080;
  int repeat = 3;
  int threads = 0;
  bool processor_time = false;
};

template <typename T>
void WriteFile(const std::string& path, const std::vector<T>& values) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(values.data()),
             static_cast<std::streamsize>(values.size() * sizeof(T)));
  if (!file.flush()) throw std::runtime_error(path + ": cannot be written");
}

// The most memory that this process had at once, as Linux counts it.
int64_t PeakBytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("VmHWM:", 0) == 0) return 1024 * std::stoll(line.substr(6));
  }
  throw std::runtime_error("/proc/self/status has no VmHWM");
}

using Seconds = std::vector<double>;

// The durations of options.repeat runs, after one that warms up.
Seconds Time(const Options& options, const std::function<void()>& run) {
  Seconds seconds;
  for (int i = 0; i <= options.repeat; ++i) {
    const Stopwatch stopwatch;
    const std::clock_t processor = std::clock();
    run();
    const double processor_seconds = static_cast<double>(std::clock() - processor) / CLOCKS_PER_SEC;
    if (i > 0) seconds.push_back(options.processor_time ? processor_seconds : stopwatch.Total());
  }
  return seconds;
}

std::unique_ptr<Segmenter> LoadModel(const Options& options) {
  SegmenterOptions load;
  // A state dict does not say what it wants; a folder has a configuration that does.
  if (!std::filesystem::is_directory(options.weights)) load.activation = Activation::kQuickGelu;
  load.resolution = options.resolution;
  load.precision = *PrecisionOfName(options.precision);
  return ValueOf(Segmenter::Load(options.weights, load));
}

// From dense features to labels.
nlohmann::ordered_json MeasureHead(const Options& options) {
  const WeightFile file = ValueOf(OpenWeightFile(options.inputs));
  const StoredTensor &dense = file.tensors.at("features"), &rows = file.tensors.at("texts");
  const DenseFeatures features{static_cast<int>(dense.shape[0]), static_cast<int>(dense.shape[1]),
                               static_cast<int>(dense.shape[2]), ToFloat32(dense)};
  const TextFeatures texts{static_cast<int>(rows.shape[0]), static_cast<int>(rows.shape[1]), ToFloat32(rows)};
  ScoreGrid grid;
  const Seconds similarity = Time(options, [&] { grid = MakeScoreGrid(features, texts); });
  PixelLabels pixels;
  const Seconds labels = Time(options, [&] { pixels = LabelPixels(grid, options.width, options.height); });
  WriteFile(options.out, pixels.labels.labels);
  return {{"similarity", similarity}, {"upsampling and argmax", labels}};
}

// Every line of the words file is a whole prompt; all of them in one call.
nlohmann::ordered_json MeasurePrompts(const Options& options) {
  const auto segmenter = LoadModel(options);
  const std::vector<std::string> prompts = ParseWordsFile(ReadFile(options.words_file));
  TextFeatures embeddings;
  Seconds seconds = Time(options, [&] { embeddings = ValueOf(segmenter->EncodeTexts(prompts)); });
  for (double& each : seconds) each /= static_cast<double>(prompts.size());
  WriteFile(options.out, embeddings.values);
  return {{"prompt", seconds}};
}

nlohmann::ordered_json MeasureEncoder(const Options& options) {
  const auto segmenter = LoadModel(options);
  const WeightFile file = ValueOf(OpenWeightFile(options.inputs));
  const StoredTensor& image = file.tensors.at("image");
  const NetworkInput input{static_cast<int>(image.shape[1]), static_cast<int>(image.shape[2]),
                           ToFloat32(image)};
  std::vector<DenseFeatures> features;
  const Seconds seconds = Time(options, [&] { features = ValueOf(segmenter->EncodeImages({input})); });
  WriteFile(options.out, features.front().values);
  return {{"encoder", seconds}};
}

// From a picture's file to its labels. The words are known before.
nlohmann::ordered_json MeasureRequest(const Options& options) {
  const auto segmenter = LoadModel(options);
  const std::string picture = ReadFile(options.image);
  Vocabulary vocabulary;
  for (const std::string& word : ParseWordsFile(ReadFile(options.words_file)))
    vocabulary.classes.push_back({word, {}});
  vocabulary.templates = {options.pattern};
  ValueOf(segmenter->EmbedVocabulary(vocabulary));
  Segmentation result;
  const Seconds seconds = Time(
      options, [&] { result = ValueOf(segmenter->Segment(ValueOf(DecodeImage(picture)), vocabulary, {})); });
  WriteFile(options.out, result.labels.labels);
  return {{"request", seconds}};
}

nlohmann::ordered_json Measure(const Options& options) {
  if (options.threads > 0) SetComputeThreads(options.threads);
  if (options.part == "head") return MeasureHead(options);
  if (options.part == "prompts") return MeasurePrompts(options);
  if (options.part == "encoder") return MeasureEncoder(options);
  return MeasureRequest(options);
}

}  // namespace
}  // namespace pixelclip

int main(int argc, char** argv) {
  pixelclip::Options options;
  CLI::App app("Times the parts of a request.", "inference_parts");
  app.add_option("part", options.part, "head, prompts, encoder or request")
      ->required()
      ->check(CLI::IsMember({"head", "prompts", "encoder", "request"}));
  app.add_option("--weights", options.weights,
                 "A CLIP: a state dict with QuickGELU, or a folder with its configuration; not for the head");
  app.add_option("--inputs", options.inputs,
                 "Safetensors file; head: features [h, w, D] and texts [K, D]; encoder: image [3, h, w]");
  app.add_option("--words-file", options.words_file, "One prompt (prompts) or class (request) a line");
  app.add_option("--template", options.pattern, "Of the request's words, with {}");
  app.add_option("--image", options.image, "The request's picture");
  app.add_option("--out", options.out, "Raw labels (uint16) or features (float32)")->required();
  app.add_option("--precision", options.precision, "Of the visual encoder: fp32, bf16 or int8 [fp32]")
      ->check(CLI::IsMember(pixelclip::PrecisionNames()));
  app.add_option("--resolution", options.resolution, "Pixels a side of the request's network input [320]")
      ->check(CLI::Range(16, 4096));
  app.add_option("--width", options.width, "Pixels of the head's label map [1920]")
      ->check(CLI::Range(1, 16384));
  app.add_option("--height", options.height, "[1080]")->check(CLI::Range(1, 16384));
  app.add_option("--repeat", options.repeat, "Timed runs, after one that is not [3]")
      ->check(CLI::Range(1, 1000));
  app.add_option("--threads", options.threads, "Threads to compute with [one for each core]")
      ->check(CLI::Range(0, 1024));
  app.add_flag("--processor-time", options.processor_time, "Count all threads' processor time instead");
  CLI11_PARSE(app, argc, argv);
  try {
    const nlohmann::ordered_json seconds = pixelclip::Measure(options);
    std::cout << nlohmann::ordered_json{{"seconds", seconds}, {"peak_bytes", pixelclip::PeakBytes()}}.dump()
              << std::endl;
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "inference_parts: " << error.what() << std::endl;
    return 1;
  }
}
