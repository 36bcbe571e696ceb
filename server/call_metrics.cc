#include "server/call_metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>

#include <cstddef>

namespace pixelclip {

CallMetrics::CallMetrics(const Series& series) : series_(&series) {
  series_->started->Increment();
  series_->in_flight->Increment();
  if (!series_->client_streams) series_->received->Increment();
}

CallMetrics::~CallMetrics() {
  if (series_ != nullptr) End(absl::StatusCode::kUnknown);
}

void CallMetrics::MessageReceived() { series_->received->Increment(); }

void CallMetrics::MessageSent() { series_->sent->Increment(); }

void CallMetrics::Finish(absl::StatusCode code, double seconds) {
  if (code == absl::StatusCode::kOk && !series_->server_streams) series_->sent->Increment();
  series_->seconds->Observe(seconds);
  End(code);
}

void CallMetrics::End(absl::StatusCode code) {
  const auto index = static_cast<size_t>(code);
  const auto unknown = static_cast<size_t>(absl::StatusCode::kUnknown);
  series_->handled[index < series_->handled.size() ? index : unknown]->Increment();
  series_->in_flight->Decrement();
  series_ = nullptr;
}

}  // namespace pixelclip
