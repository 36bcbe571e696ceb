#include "server/model_metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>

namespace pixelclip {

void ModelMetrics::ObserveStage(Stage stage, double seconds) {
  stage_seconds_[static_cast<size_t>(stage)]->Observe(seconds);
}

void ModelMetrics::CountOutOfBytes() { out_of_bytes_->Increment(); }

void ModelMetrics::CountSuperseded() { superseded_->Increment(); }

void ModelMetrics::SetLoadSeconds(double seconds) { load_seconds_->Set(seconds); }

void ModelMetrics::OnRefused(RefusalReason reason) { refusals_[static_cast<size_t>(reason)]->Increment(); }

void ModelMetrics::OnDropped(DropReason reason) { drops_[static_cast<size_t>(reason)]->Increment(); }

void ModelMetrics::OnDispatched(DispatchReason reason, int) {
  dispatches_[static_cast<size_t>(reason)]->Increment();
}

void ModelMetrics::OnTaken(double queue_seconds) { queue_seconds_->Observe(queue_seconds); }

void ModelMetrics::OnEncoded(int replica, int batch_size, double seconds, const absl::Status& status) {
  const Replica& encoded_by = replicas_.at(replica);
  encoded_by.busy_seconds->Increment(seconds);
  batch_size_->Observe(batch_size);
  if (!status.ok()) return encoded_by.failures->Increment();
  for (int i = 0; i < batch_size; ++i) encoder_seconds_->Observe(seconds);
}

}  // namespace pixelclip
