// Whole pictures through the engine, from file to label map, without a server: what a server's throughput is
// to be measured against (scripts/bench_serving.sh). Prints one line of JSON.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <iostream>
#include <mutex>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "bench/or_throw.h"
#include "core/image/decode.h"
#include "core/image/png.h"
#include "core/segmenter.h"
#include "core/stopwatch.h"
#include "core/text/words_file.h"

namespace pixelclip {
namespace {

struct Options {
  std::string model;
  std::string image;
  std::string words_file;
  int workers = 1;
  int threads = 0;
  int batch = 1;
  double seconds = 10;
};

Vocabulary ReadVocabulary(const std::string& path) {
  Vocabulary vocabulary;
  for (const std::string& word : ParseWordsFile(ReadFile(path))) vocabulary.classes.push_back({word, {}});
  return vocabulary;
}

// As many pictures as a batch has, all steps one after the other.
void SegmentBatch(const Segmenter& segmenter, const std::string& picture, const Vocabulary& words,
                  int batch) {
  std::vector<NetworkInput> inputs;
  int width = 0;
  int height = 0;
  for (int i = 0; i < batch; ++i) {
    const Image image = ValueOf(DecodeImage(picture));
    width = image.width;
    height = image.height;
    inputs.push_back(ValueOf(segmenter.Preprocess(image, {})));
  }
  const std::vector<DenseFeatures> features = ValueOf(segmenter.EncodeImages(inputs));
  for (const DenseFeatures& one : features) {
    const auto vocabulary = ValueOf(segmenter.EmbedVocabulary(words));  // known, but for the first time
    ValueOf(EncodePng(ValueOf(segmenter.Classify(one, *vocabulary, width, height, {})).labels));
  }
}

double Median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + values.size() / 2, values.end());
  return values[values.size() / 2];
}

nlohmann::ordered_json Measure(const Options& options) {
  if (options.threads > 0) SetComputeThreads(options.threads);
  const auto segmenter = ValueOf(Segmenter::Load(options.model, {}));
  const std::string picture = ReadFile(options.image);
  const Vocabulary words = ReadVocabulary(options.words_file);

  SegmentBatch(*segmenter, picture, words, 1);  // what is wrong shows here, not on a worker

  std::mutex mutex;
  std::vector<double> batch_seconds;
  const auto work = [&] {
    // Each thread has buffers and LibTorch threads of its own to warm up.
    for (int i = 0; i < 2; ++i) SegmentBatch(*segmenter, picture, words, options.batch);
    const Stopwatch whole;
    std::vector<double> mine;
    while (whole.Total() < options.seconds) {
      const Stopwatch one;
      SegmentBatch(*segmenter, picture, words, options.batch);
      mine.push_back(one.Total());
    }
    const std::lock_guard lock(mutex);
    batch_seconds.insert(batch_seconds.end(), mine.begin(), mine.end());
  };
  std::vector<std::thread> workers;
  for (int i = 0; i < options.workers; ++i) workers.emplace_back(work);
  for (std::thread& worker : workers) worker.join();

  // A worker's rate is one batch in its mean time, however long it ran over the end.
  double sum = 0;
  for (const double seconds : batch_seconds) sum += seconds;
  const auto batches = static_cast<double>(batch_seconds.size());
  return {{"workers", options.workers},
          {"threads", options.threads},
          {"batch", options.batch},
          {"pictures", batches * options.batch},
          {"pictures_per_second", options.workers * options.batch * batches / sum},
          {"median_batch_seconds", Median(batch_seconds)}};
}

}  // namespace
}  // namespace pixelclip

int main(int argc, char** argv) {
  pixelclip::Options options;
  CLI::App app("Whole pictures through the engine, without a server.", "engine_throughput");
  app.add_option("--model", options.model, "Checkpoint file or directory")->required();
  app.add_option("--image", options.image, "A picture")->required();
  app.add_option("--words-file", options.words_file, "One class a line")->required();
  app.add_option("--workers", options.workers, "Batches at once, a thread each [1]")
      ->check(CLI::Range(1, 256));
  app.add_option("--threads", options.threads, "Threads of one encoder call [one for each core]")
      ->check(CLI::Range(0, 1024));
  app.add_option("--batch", options.batch, "Pictures of one encoder call [1]")->check(CLI::Range(1, 1024));
  app.add_option("--seconds", options.seconds, "How long to measure [10]")->check(CLI::Range(0.1, 3600.0));
  CLI11_PARSE(app, argc, argv);
  try {
    std::cout << pixelclip::Measure(options).dump() << std::endl;
  } catch (const std::exception& error) {
    std::cerr << "engine_throughput: " << error.what() << std::endl;
    return 1;
  }
}
