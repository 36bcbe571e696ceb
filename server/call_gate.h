#ifndef PIXELCLIP_SERVER_CALL_GATE_H_
#define PIXELCLIP_SERVER_CALL_GATE_H_

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>

namespace pixelclip {

// Lets calls in until it is closed, and knows when all that are in have left. gRPC's own shutdown resets
// calls that arrive while it begins, which callers see as CANCELLED and do not try again; a closed gate lets
// the server answer them. Any thread may call it.
class CallGate {
 public:
  using Clock = std::chrono::steady_clock;

  // False: closed. True: Leave must follow.
  bool Enter();
  void Leave();

  // For calls that would stay for as long as their callers want: has `on_closing` called once when the gate
  // closes, without a lock, by the thread that closes it. Nothing if it is closed already.
  std::optional<uint64_t> Watch(std::function<void()> on_closing);

  // True: `on_closing` will not be called any more. False: it was called, or is about to be.
  bool Unwatch(uint64_t watch);

  // Returns when nobody is inside any more, or at `limit`.
  void CloseAndWait(Clock::time_point limit);

  // When somebody last came, was sent away or left; long ago if nobody ever did.
  Clock::time_point last_visit() const;

 private:
  mutable std::mutex mutex_;
  std::condition_variable empty_;
  int inside_ = 0;                                      // guarded by mutex_
  bool closed_ = false;                                 // guarded by mutex_
  Clock::time_point last_visit_;                        // guarded by mutex_
  uint64_t next_watch_ = 0;                             // guarded by mutex_
  std::map<uint64_t, std::function<void()>> watchers_;  // guarded by mutex_
};

}  // namespace pixelclip

#endif  // PIXELCLIP_SERVER_CALL_GATE_H_
