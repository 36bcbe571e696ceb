#include "server/served_model.h"

#include <algorithm>
#include <utility>

#include "server/core_count.h"
#include "server/log.h"

namespace pixelclip {
namespace {

// The weight of the newest picture in the mean time of finishing.
constexpr double kNewest = 0.1;

int ThreadsOf(int compute_threads, int share) {
  static const int cores = CoreCount();
  return compute_threads > 0 ? compute_threads : std::max(1, cores / share);
}

}  // namespace

ServedModel::ServedModel(std::string name, std::vector<std::shared_ptr<const Segmenter>> segmenters,
                         const Options& options, Clock& clock, Metrics& metrics)
    : name_(std::move(name)),
      compute_threads_(options.compute_threads),
      segmenters_(std::move(segmenters)),
      metrics_(metrics.ForModel(name_)),
      batcher_(std::make_unique<Batcher>(options.batching, static_cast<int>(segmenters_.size()), clock,
                                         *metrics_)),
      text_thread_(std::make_unique<WorkPool>(1)) {
  std::vector<ReplicaPool::Replica> replicas;
  for (size_t i = 0; i < segmenters_.size(); ++i) {
    const std::shared_ptr<const Segmenter>& segmenter = segmenters_[i];
    ReplicaPool::Replica replica;
    replica.encode = [threads = compute_threads_, segmenter](const std::vector<NetworkInput>& inputs,
                                                             int share) {
      SetComputeThreads(ThreadsOf(threads, share));
      return segmenter->EncodeImages(inputs);
    };
    replica.alive = [segmenter] { return segmenter->DeviceComputes(); };
    replica.lost = [this, i](const absl::Status& cause) { LogLoss(i, cause); };
    if (options.devices[i] != "cpu") replica.limit = options.gpu_limit;
    replicas.push_back(std::move(replica));
  }
  replicas_ = std::make_unique<ReplicaPool>(*batcher_, std::move(replicas), clock, *metrics_);
  watch_ =
      std::make_unique<Metrics::Watch>(metrics.AddWatch([this](MetricsReport& report) { Report(report); }));
}

ServedModel::~ServedModel() {
  watch_.reset();
  text_thread_.reset();
  replicas_.reset();
}

void ServedModel::CountFinishing(double seconds) const {
  // Two threads may overwrite each other here; the mean does not care.
  const double before = finishing_seconds_;
  finishing_seconds_ = before == 0 ? seconds : before + kNewest * (seconds - before);
}

int ServedModel::ComputeThreads(int share) const { return ThreadsOf(compute_threads_, share); }

bool ServedModel::alive() const { return batcher_->snapshot().healthy_replicas > 0; }

void ServedModel::LogLoss(size_t replica, const absl::Status& cause) const {
  Log(LogLevel::kError, "replica lost",
      {{"model", name_},
       {"version", version()},
       {"replica", replica},
       {"replicas_left", batcher_->snapshot().healthy_replicas},
       {"cause", cause.message()}});
}

void ServedModel::Report(MetricsReport& report) const {
  const Batcher::Snapshot batcher = batcher_->snapshot();
  report.queues[name_] = {static_cast<size_t>(batcher.queued), static_cast<size_t>(batcher.reserved)};
  for (size_t i = 0; i < segmenters_.size(); ++i)
    report.replicas[{name_, i}] = {batcher_->healthy(static_cast<int>(i)), segmenters_[i]->memory_bytes()};
  const CacheStats texts = segmenter().text_cache_stats().texts;
  report.caches[{MetricsReport::Cache::kText, name_}] = {texts.hits, texts.misses, texts.evictions,
                                                         texts.bytes};
}

}  // namespace pixelclip
