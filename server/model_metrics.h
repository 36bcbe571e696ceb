#ifndef PIXELCLIP_SERVER_MODEL_METRICS_H_
#define PIXELCLIP_SERVER_MODEL_METRICS_H_

#include <array>
#include <cstddef>
#include <vector>

#include "server/batch_observer.h"

namespace prometheus {
class Counter;
class Gauge;
class Histogram;
}  // namespace prometheus

namespace pixelclip {

// Counts what happens to the pictures of one model: the batcher tells it as its observer, the stages before
// and after tell it directly. Metrics::ForModel makes it. Any thread may call it; nothing is looked up here.
//
// What else the batcher knows, such as the length of its queue, is asked for when Prometheus wants it: see
// MetricsReport.
class ModelMetrics final : public BatchObserver {
 public:
  // Those of a picture's stages of which the batcher does not know. A tile counts as a picture.
  enum class Stage { kDecode, kPreprocess, kText, kClassify, kEncode };
  static constexpr size_t kStages = static_cast<size_t>(Stage::kEncode) + 1;
  static constexpr size_t kDispatchReasons = static_cast<size_t>(DispatchReason::kAlone) + 1;
  static constexpr size_t kRefusalReasons = static_cast<size_t>(RefusalReason::kClosed) + 1;
  static constexpr size_t kDropReasons = static_cast<size_t>(DropReason::kReplicasLost) + 1;

  ModelMetrics(const ModelMetrics&) = delete;
  ModelMetrics& operator=(const ModelMetrics&) = delete;

  void ObserveStage(Stage stage, double seconds);

  // A call was refused for want of bytes in flight.
  void CountOutOfBytes();

  // A picture of a stream was skipped for a newer one.
  void CountSuperseded();

  // How long loading the model and running it once took.
  void SetLoadSeconds(double seconds);

  void OnRefused(RefusalReason reason) override;
  void OnDropped(DropReason reason) override;
  void OnDispatched(DispatchReason reason, int batch_size) override;
  void OnTaken(double queue_seconds) override;
  // REQUIRES: `replica` is an index into Metrics::Options::devices.
  void OnEncoded(int replica, int batch_size, double seconds, const absl::Status& status) override;

 private:
  friend class Metrics;
  struct Replica {
    prometheus::Counter* busy_seconds = nullptr;
    prometheus::Counter* failures = nullptr;
  };

  ModelMetrics() = default;

  std::array<prometheus::Histogram*, kStages> stage_seconds_ = {};
  prometheus::Histogram* queue_seconds_ = nullptr;
  prometheus::Histogram* encoder_seconds_ = nullptr;
  prometheus::Histogram* batch_size_ = nullptr;
  std::array<prometheus::Counter*, kDispatchReasons> dispatches_ = {};
  std::array<prometheus::Counter*, kRefusalReasons> refusals_ = {};
  prometheus::Counter* out_of_bytes_ = nullptr;
  std::array<prometheus::Counter*, kDropReasons> drops_ = {};
  prometheus::Counter* superseded_ = nullptr;
  std::vector<Replica> replicas_;
  prometheus::Gauge* load_seconds_ = nullptr;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_SERVER_MODEL_METRICS_H_
