#ifndef PIXELCLIP_SERVER_CLOCK_H_
#define PIXELCLIP_SERVER_CLOCK_H_

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>

namespace pixelclip {

// Time that never jumps, and waiting for it. Tests bring their own (tests/testing/fake_clock.h). All
// functions may be called from any thread.
class Clock {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  using Duration = std::chrono::steady_clock::duration;

  // A deadline that never comes. Not for WaitUntil.
  static constexpr TimePoint kNever = TimePoint::max();

  virtual ~Clock() = default;

  virtual TimePoint Now() const = 0;

  // Returns once `condition` is notified or `until` has come, or for no reason, as condition variables do.
  // REQUIRES: `lock` is held, and every waiter of `condition` uses its mutex.
  virtual void WaitUntil(TimePoint until, std::condition_variable& condition,
                         std::unique_lock<std::mutex>& lock) = 0;
};

class SteadyClock final : public Clock {
 public:
  TimePoint Now() const override { return std::chrono::steady_clock::now(); }

  void WaitUntil(TimePoint until, std::condition_variable& condition,
                 std::unique_lock<std::mutex>& lock) override {
    condition.wait_until(lock, until);
  }
};

inline double ToSeconds(Clock::Duration duration) { return std::chrono::duration<double>(duration).count(); }

// At most a day and at least none: what is computed from measurements must not overflow a time point.
inline Clock::Duration FromSeconds(double seconds) {
  return std::chrono::round<Clock::Duration>(
      std::chrono::duration<double>(std::clamp(seconds, 0.0, 86'400.0)));
}

}  // namespace pixelclip

#endif  // PIXELCLIP_SERVER_CLOCK_H_
