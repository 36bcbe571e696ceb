#ifndef PIXELCLIP_SERVER_SERVED_MODEL_H_
#define PIXELCLIP_SERVER_SERVED_MODEL_H_

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "core/segmenter.h"
#include "server/batcher.h"
#include "server/clock.h"
#include "server/metrics.h"
#include "server/replica_pool.h"
#include "server/work_pool.h"

namespace pixelclip {

// A model under the name that requests give it: its queue, its replicas, and a thread for words that it has
// not met. All functions may be called from any thread. Its end waits for its threads, so it must not come on
// one of them.
class ServedModel {
 public:
  struct Options {
    Batcher::Options batching;
    // CPU threads of one encoder call; 0: the cores, divided by the replicas at work.
    int compute_threads = 0;
    // Of each segmenter, ServerSettings::devices.
    std::vector<std::string> devices;
    // A GPU that takes longer over a batch hangs. A CPU may be slow, but does not hang.
    Clock::Duration gpu_limit{};
  };

  // One replica for each of `segmenters`, which have the same weights; the first also embeds words. An entry
  // may occur twice, where replicas share a device. `clock` and `metrics` must outlive the model.
  ServedModel(std::string name, std::vector<std::shared_ptr<const Segmenter>> segmenters,
              const Options& options, Clock& clock, Metrics& metrics);
  ~ServedModel();

  ServedModel(const ServedModel&) = delete;
  ServedModel& operator=(const ServedModel&) = delete;

  const std::string& name() const { return name_; }
  const std::string& version() const { return segmenter().version(); }
  const Segmenter& segmenter() const { return *segmenters_.front(); }
  Batcher& batcher() const { return *batcher_; }
  WorkPool& text_thread() const { return *text_thread_; }
  ModelMetrics& metrics() const { return *metrics_; }

  // CPU threads of an encoder call by one of `share` replicas that are at work (Batch).
  int ComputeThreads(int share) const;

  // Whether a replica is left. Without any, the model's calls get UNAVAILABLE for good.
  bool alive() const;

  // How long a picture usually takes from the encoder to its response.
  Clock::Duration finishing_time() const { return FromSeconds(finishing_seconds_); }
  void CountFinishing(double seconds) const;

 private:
  void LogLoss(size_t replica, const absl::Status& cause) const;
  void Report(MetricsReport& report) const;

  const std::string name_;
  const int compute_threads_;
  const std::vector<std::shared_ptr<const Segmenter>> segmenters_;
  const std::shared_ptr<ModelMetrics> metrics_;
  const std::unique_ptr<Batcher> batcher_;
  std::unique_ptr<ReplicaPool> replicas_;
  std::unique_ptr<WorkPool> text_thread_;
  mutable std::atomic<double> finishing_seconds_ = 0;
  std::unique_ptr<Metrics::Watch> watch_;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_SERVER_SERVED_MODEL_H_
