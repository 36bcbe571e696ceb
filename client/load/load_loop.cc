#include "client/load/load_loop.h"

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <utility>

namespace pixelclip {
namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();

// Times are seconds after the start.
class LoadLoop {
 public:
  LoadLoop(const LoopOptions& options, Arrivals& arrivals, Workload& workload, Transport& transport)
      : options_(options),
        end_(options.warm_up_seconds + options.duration_seconds),
        arrivals_(arrivals),
        workload_(workload),
        transport_(transport),
        start_(transport.Now()) {}

  LoadStats Run() {
    for (;;) {
      // Sums are compared, as Next compares them: Now() could round to just before what was waited for.
      if (start_ + NextDue() <= transport_.Now()) Send();
      // Infinite once all is sent, or while it takes an answer to know.
      const double due = NextDue();
      if (due == kNever && in_flight_.empty()) break;
      // At a time in the past, too, so that answers are fetched while the client is behind its schedule.
      if (const std::optional<Answer> answer = transport_.Next(start_ + due)) Receive(*answer);
    }
    const double window_end = measured_ == options_.count ? std::min(last_answer_, end_) : end_;
    stats_.window_seconds = std::max(window_end - options_.warm_up_seconds, 0.0);
    return std::move(stats_);
  }

 private:
  struct Sent {
    double due;
    bool measured;
  };

  double Now() const { return transport_.Now() - start_; }

  double NextDue() const {
    const double due = arrivals_.NextDue();
    return measured_ == options_.count || due >= end_ ? kNever : due;
  }

  void Send() {
    const double due = arrivals_.NextDue();
    const bool measured = due >= options_.warm_up_seconds;
    if (measured) ++measured_;
    arrivals_.Sent();
    if (static_cast<int>(in_flight_.size()) >= options_.max_in_flight) {
      if (measured) ++stats_.unsent;
      return;
    }
    const v1::SegmentRequest& request = workload_.Next();
    const int64_t call = next_call_++;
    in_flight_[call] = {due, measured};
    if (measured) {
      ++stats_.sent;
      stats_.bytes_sent += static_cast<int64_t>(request.ByteSizeLong());
      stats_.send_delay.Add(Now() - due);
    }
    transport_.Start(call, request, start_ + due + options_.timeout_seconds);
  }

  void Receive(const Answer& answer) {
    const double now = Now();
    const auto sent = in_flight_.extract(answer.call);
    const double latency = now - sent.mapped().due;
    if (sent.mapped().measured) stats_.Add(answer, latency, options_.timeout_seconds);
    if (answer.status.ok() && now >= options_.warm_up_seconds && now < end_) {
      ++stats_.answered_in_window;
      if (latency <= options_.timeout_seconds) ++stats_.good_in_window;
    }
    last_answer_ = now;
    arrivals_.Answered(now);
  }

  const LoopOptions& options_;
  const double end_;
  Arrivals& arrivals_;
  Workload& workload_;
  Transport& transport_;
  const double start_;

  std::unordered_map<int64_t, Sent> in_flight_;
  int64_t next_call_ = 0;
  int64_t measured_ = 0;  // calls due in the window so far
  double last_answer_ = 0;
  LoadStats stats_;
};

}  // namespace

LoadStats RunLoad(const LoopOptions& options, Arrivals& arrivals, Workload& workload, Transport& transport) {
  return LoadLoop(options, arrivals, workload, transport).Run();
}

}  // namespace pixelclip
