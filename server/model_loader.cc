#include "server/model_loader.h"

#include <malloc.h>

#include <algorithm>
#include <map>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/segmenter.h"
#include "core/stopwatch.h"
#include "core/text/words_file.h"
#include "server/core_count.h"
#include "server/log.h"
#include "server/read_small_file.h"

namespace pixelclip {
namespace {

// A large model on a small machine need not run every size before it is ready.
constexpr double kWarmUpSeconds = 5;  // for each share

using Segmenters = std::vector<std::shared_ptr<const Segmenter>>;

// One for each device, shared by replicas on the same one.
absl::StatusOr<Segmenters> LoadSegmenters(const std::string& path, const ServerSettings& settings) {
  SegmenterOptions options;
  options.activation = settings.activation;
  options.last_block = settings.last_block;
  options.precision = settings.precision;
  options.resolution = settings.resolution;
  options.text_cache_bytes = settings.text_cache_bytes;
  options.vocabulary_limits = settings.vocabulary_limits;
  std::map<std::string, std::shared_ptr<const Segmenter>> by_device;
  Segmenters segmenters;
  for (const std::string& device : settings.devices) {
    std::shared_ptr<const Segmenter>& segmenter = by_device[device];
    if (segmenter == nullptr) {
      options.device = device;
      auto loaded = Segmenter::Load(path, options);
      if (!loaded.ok()) return loaded.status();
      segmenter = *std::move(loaded);
    }
    segmenters.push_back(segmenter);
  }
  return segmenters;
}

absl::Status EmbedWordsOf(const std::string& file, const Segmenter& segmenter) {
  const auto text = ReadSmallFile(file);
  if (!text.ok()) return text.status();
  Vocabulary vocabulary;
  for (const std::string& word : ParseWordsFile(*text)) vocabulary.classes.push_back({word, {}});
  const auto embedded = segmenter.EmbedVocabulary(vocabulary);
  if (embedded.ok()) return absl::OkStatus();
  return absl::Status(embedded.status().code(),
                      absl::StrCat("--prewarm: ", file, ": ", embedded.status().message()));
}

// What a replica does that is one of `share` at work: runs a batch a few times, and tells the batcher what it
// costs. The first run prepares kernels; the others are measured, as often as the cost model wants.
absl::Status WarmUpReplica(const ServedModel& model, int share, int batch) {
  const Segmenter& segmenter = model.segmenter();
  const int side = segmenter.resolution();
  SetComputeThreads(model.ComputeThreads(share));
  const std::vector<NetworkInput> inputs(
      batch, NetworkInput{side, side, std::vector<float>(size_t{3} * side * side)});
  for (int run = 0; run < 4; ++run) {
    Stopwatch stopwatch;
    if (absl::Status status = segmenter.EncodeImages(inputs).status(); !status.ok()) return status;
    if (run > 0) model.batcher().Measured({side, side}, share, batch, stopwatch.Lap());
  }
  return absl::OkStatus();
}

// Batches of 1, 2, 4 pictures and so on, each by `share` replicas at once, on threads of their own, whose
// LibTorch threads end with them.
absl::Status WarmUp(const ServedModel& model, int share, int max_batch) {
  absl::Status all;
  const Stopwatch stopwatch;
  for (int batch = 1; all.ok() && stopwatch.Total() < kWarmUpSeconds;
       batch = std::min(2 * batch, max_batch)) {
    std::vector<absl::Status> statuses(share);
    std::vector<std::thread> threads;
    for (absl::Status& status : statuses)
      threads.emplace_back([&] { status = WarmUpReplica(model, share, batch); });
    for (std::thread& thread : threads) thread.join();
    for (const absl::Status& status : statuses) all.Update(status);
    if (batch == max_batch) break;
  }
  return all;
}

// Alone, and with all others at work.
absl::Status WarmUp(const ServedModel& model, const ServerSettings& settings) {
  const int replicas = static_cast<int>(settings.devices.size());
  const absl::Status alone = WarmUp(model, 1, settings.max_batch);
  return alone.ok() && replicas > 1 ? WarmUp(model, replicas, settings.max_batch) : alone;
}

// A model's last holder may be one of its own threads, which cannot wait for itself: a worker ends it.
std::shared_ptr<const ServedModel> MakeServed(const std::string& name, Segmenters segmenters,
                                              ServerState& state) {
  ServedModel::Options options;
  options.batching.max_batch = state.settings.max_batch;
  options.batching.capacity = state.settings.max_queue;
  options.batching.at_work = state.replicas_at_work;
  options.compute_threads = state.settings.compute_threads;
  options.devices = state.settings.devices;
  options.gpu_limit = FromSeconds(state.settings.gpu_limit_seconds);
  auto model =
      std::make_unique<ServedModel>(name, std::move(segmenters), options, state.clock, state.metrics);
  return std::shared_ptr<const ServedModel>(model.release(),
                                            [workers = &state.workers](const ServedModel* old) {
                                              workers->Post(WorkPool::Lane::kBegin, [old] { delete old; });
                                            });
}

}  // namespace

absl::StatusOr<std::shared_ptr<const ServedModel>> LoadModel(const std::string& name, const std::string& path,
                                                             ServerState& state) {
  const Stopwatch stopwatch;
  auto segmenters = LoadSegmenters(path, state.settings);
  if (!segmenters.ok()) return segmenters.status();
  const auto model = MakeServed(name, *std::move(segmenters), state);
  if (!state.settings.prewarm.empty()) {
    const absl::Status embedded = EmbedWordsOf(state.settings.prewarm, model->segmenter());
    if (!embedded.ok()) return embedded;
  }
  const absl::Status warm = WarmUp(*model, state.settings);
  if (!warm.ok()) return warm;
  malloc_trim(0);  // a quarter of the process is left over from reading and packing the weights
  model->metrics().SetLoadSeconds(stopwatch.Total());
  const Segmenter& segmenter = model->segmenter();
  Log(LogLevel::kInfo, "model loaded",
      {{"name", name},
       {"path", path},
       {"version", segmenter.version()},
       {"origin", segmenter.origin()},
       {"description", Describe(segmenter.config())},
       {"precision", PrecisionName(segmenter.precision())},
       {"resolution", segmenter.resolution()},
       {"seconds", stopwatch.Total()}});
  return model;
}

std::shared_ptr<const ServedModel> Serve(const std::string& name, std::shared_ptr<const Segmenter> segmenter,
                                         ServerState& state) {
  return MakeServed(name, Segmenters(state.settings.devices.size(), std::move(segmenter)), state);
}

}  // namespace pixelclip
