#ifndef PIXELCLIP_SERVER_IDLE_WATCH_H_
#define PIXELCLIP_SERVER_IDLE_WATCH_H_

#include <chrono>
#include <optional>

#include "server/call_gate.h"

namespace pixelclip {

// Tells, once for each pause, that nobody has called for some time. For one thread at a time.
class IdleWatch {
 public:
  using Clock = CallGate::Clock;

  // Callers who come every few seconds make no pause.
  static constexpr auto kPause = std::chrono::seconds(30);

  // To be asked now and then. `last_visit` is the gate's. The time before the first call is a pause, too.
  bool BeginsPause(Clock::time_point now, Clock::time_point last_visit) {
    if (now - last_visit < kPause || paused_since_ == last_visit) return false;
    paused_since_ = last_visit;
    return true;
  }

 private:
  std::optional<Clock::time_point> paused_since_;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_SERVER_IDLE_WATCH_H_
