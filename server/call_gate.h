#ifndef PIXELCLIP_SERVER_CALL_GATE_H_
#define PIXELCLIP_SERVER_CALL_GATE_H_

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace pixelclip {

// Lets calls in until it is closed, and knows when all that are in have left. gRPC's own shutdown resets
// calls that arrive while it begins, which callers see as CANCELLED and do not try again; a closed gate lets
// the server answer them. Any thread may call it.
class CallGate {
 public:
  // False: closed. True: Leave must follow.
  bool Enter() {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!closed_) ++inside_;
    return !closed_;
  }

  void Leave() {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (--inside_ == 0) empty_.notify_all();
  }

  // Returns when nobody is inside any more, or at `limit`.
  void CloseAndWait(std::chrono::steady_clock::time_point limit) {
    std::unique_lock<std::mutex> lock(mutex_);
    closed_ = true;
    empty_.wait_until(lock, limit, [this] { return inside_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable empty_;
  int inside_ = 0;       // guarded by mutex_
  bool closed_ = false;  // guarded by mutex_
};

}  // namespace pixelclip

#endif  // PIXELCLIP_SERVER_CALL_GATE_H_
