#ifndef PIXELCLIP_SERVER_CALL_METRICS_H_
#define PIXELCLIP_SERVER_CALL_METRICS_H_

#include <array>
#include <utility>

#include "absl/status/status.h"

namespace prometheus {
class Counter;
class Gauge;
class Histogram;
}  // namespace prometheus

namespace pixelclip {

// One call from its start to its end; Metrics::StartCall makes it, and must outlive it.
//
// In a direction that does not stream, the one message is counted without being told: a request when the call
// starts, a response when it ends with OK. Messages may be counted from several threads at once, before
// Finish.
class CallMetrics {
 public:
  // The series of one method.
  struct Series {
    bool client_streams = false;
    bool server_streams = false;
    prometheus::Counter* started = nullptr;
    prometheus::Counter* received = nullptr;
    prometheus::Counter* sent = nullptr;
    prometheus::Gauge* in_flight = nullptr;
    prometheus::Histogram* seconds = nullptr;
    std::array<prometheus::Counter*, 17> handled = {};  // by status code
  };

  explicit CallMetrics(const Series& series);

  // A call that was never finished counts as UNKNOWN and is not timed.
  ~CallMetrics();

  CallMetrics(CallMetrics&& other) noexcept : series_(std::exchange(other.series_, nullptr)) {}
  CallMetrics& operator=(CallMetrics&&) = delete;

  // Of a direction that streams.
  void MessageReceived();
  void MessageSent();

  // `seconds`: from the request's arrival to now. REQUIRES: called at most once, and last.
  void Finish(absl::StatusCode code, double seconds);

 private:
  void End(absl::StatusCode code);

  const Series* series_;  // null: finished, or moved from
};

}  // namespace pixelclip

#endif  // PIXELCLIP_SERVER_CALL_METRICS_H_
