// The stages of one request, each by itself, with the model that ships. `make bench` runs it.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <random>
#include <sstream>
#include <string>

#include "core/image/decode.h"
#include "core/image/png.h"
#include "core/image/resize.h"
#include "core/image/rle.h"
#include "core/label_pixels.h"
#include "core/segmenter.h"
#include "core/text/tokenizer.h"

namespace pixelclip {
namespace {

constexpr int kFullHdWidth = 1920, kFullHdHeight = 1080;

std::string Photograph() {
  std::ifstream file(PIXELCLIP_SOURCE_DIR "/docs/demo/cat.jpg", std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

Image FullHdImage() { return ResizeAntialiased(*DecodeImage(Photograph()), kFullHdWidth, kFullHdHeight); }

// Call it before what is timed: the first call loads the model.
const Segmenter& Mini() {
  static const std::unique_ptr<Segmenter> mini = [] {
    auto loaded = Segmenter::Load(PIXELCLIP_SOURCE_DIR "/models/mini", {});
    if (!loaded.ok()) throw std::runtime_error(loaded.status().ToString());
    return *std::move(loaded);
  }();
  return *mini;
}

Vocabulary WordVocabulary(int classes, int seed) {
  Vocabulary vocabulary;
  for (int i = 0; i < classes; ++i) {
    vocabulary.classes.push_back({"thing " + std::to_string(i) + " of round " + std::to_string(seed), {}});
  }
  return vocabulary;
}

// Smooth, as real scores are: noise on an 8 x 8 grid, upsampled to 64 x 64.
ScoreGrid SmoothScores(int candidates) {
  std::mt19937 random(1);
  std::uniform_real_distribution<float> cosine(0.1f, 0.3f);
  ScoreGrid coarse{8, 8, candidates, std::vector<float>(64 * candidates)};
  for (float& value : coarse.values) value = cosine(random);
  ScoreGrid grid{64, 64, candidates, std::vector<float>(4096 * candidates)};
  for (int k = 0; k < candidates; ++k) {
    const std::vector<float> plane = UpsampleScores(coarse, k, 64, 64);
    for (int i = 0; i < 4096; ++i) grid.values[i * candidates + k] = plane[i];
  }
  return grid;
}

void DecodeJpeg(benchmark::State& state) {
  const std::string photograph = Photograph();
  for (auto _ : state) benchmark::DoNotOptimize(DecodeImage(photograph));
}
BENCHMARK(DecodeJpeg)->Unit(benchmark::kMillisecond);

void PreprocessFullHd(benchmark::State& state) {
  const Segmenter& mini = Mini();
  const Image image = FullHdImage();
  for (auto _ : state) benchmark::DoNotOptimize(mini.Preprocess(image, {}));
}
BENCHMARK(PreprocessFullHd)->Unit(benchmark::kMillisecond);

void EncodeImage(benchmark::State& state) {
  const Segmenter& mini = Mini();
  const NetworkInput input = *mini.Preprocess(FullHdImage(), {});
  for (auto _ : state) benchmark::DoNotOptimize(mini.EncodeImages({input}));
}
BENCHMARK(EncodeImage)->Unit(benchmark::kMillisecond)->UseRealTime();

void Tokenize(benchmark::State& state) {
  const Tokenizer& tokenizer = Tokenizer::Clip();
  for (auto _ : state) benchmark::DoNotOptimize(tokenizer.Encode("a photo of a traffic light in the scene"));
}
BENCHMARK(Tokenize)->Unit(benchmark::kMicrosecond);

// New words in every round, so that the cache does not help.
void EmbedNewWords(benchmark::State& state) {
  const Segmenter& mini = Mini();
  static int round = 0;  // goes on from one measurement to the next
  for (auto _ : state) {
    state.PauseTiming();
    const Vocabulary vocabulary = WordVocabulary(static_cast<int>(state.range(0)), round++);
    state.ResumeTiming();
    benchmark::DoNotOptimize(mini.EmbedVocabulary(vocabulary));
  }
}
BENCHMARK(EmbedNewWords)->Arg(20)->Arg(150)->Unit(benchmark::kMillisecond)->UseRealTime();

void EmbedKnownWords(benchmark::State& state) {
  const Vocabulary vocabulary = WordVocabulary(static_cast<int>(state.range(0)), -1);
  const Segmenter& mini = Mini();
  benchmark::DoNotOptimize(mini.EmbedVocabulary(vocabulary));
  for (auto _ : state) benchmark::DoNotOptimize(mini.EmbedVocabulary(vocabulary));
}
BENCHMARK(EmbedKnownWords)->Arg(20)->Arg(150)->Unit(benchmark::kMillisecond)->UseRealTime();

// Known words in a new order in every round: no text is new, but the vocabulary is.
void EmbedShuffledWords(benchmark::State& state) {
  Vocabulary vocabulary = WordVocabulary(static_cast<int>(state.range(0)), -1);
  std::mt19937 random(1);
  const Segmenter& mini = Mini();
  benchmark::DoNotOptimize(mini.EmbedVocabulary(vocabulary));
  for (auto _ : state) {
    state.PauseTiming();
    std::shuffle(vocabulary.classes.begin(), vocabulary.classes.end(), random);
    state.ResumeTiming();
    benchmark::DoNotOptimize(mini.EmbedVocabulary(vocabulary));
  }
}
BENCHMARK(EmbedShuffledWords)->Arg(20)->Arg(150)->Unit(benchmark::kMillisecond)->UseRealTime();

void LabelPixelsFullHd(benchmark::State& state) {
  const ScoreGrid grid = SmoothScores(static_cast<int>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(LabelPixels(grid, kFullHdWidth, kFullHdHeight));
}
BENCHMARK(LabelPixelsFullHd)->Arg(20)->Arg(150)->Arg(847)->Unit(benchmark::kMillisecond);

void EncodeLabelMap(benchmark::State& state) {
  const LabelMap labels = LabelPixels(SmoothScores(20), kFullHdWidth, kFullHdHeight).labels;
  const bool png = state.range(0) == 0;
  for (auto _ : state) {
    if (png) {
      benchmark::DoNotOptimize(EncodePng(labels));
    } else {
      benchmark::DoNotOptimize(EncodeRle(labels, 20));
    }
  }
  state.SetLabel(png ? "PNG" : "RLE");
}
BENCHMARK(EncodeLabelMap)->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace pixelclip
