#ifndef PIXELCLIP_CORE_STOPWATCH_H_
#define PIXELCLIP_CORE_STOPWATCH_H_

#include <chrono>
#include <utility>

namespace pixelclip {

// Times consecutive stages of one piece of work. Not for sharing between threads.
class Stopwatch {
 public:
  // Seconds since the last call, or since construction.
  double Lap() {
    const auto now = Clock::now();
    return Seconds(now - std::exchange(lap_, now));
  }

  // Seconds since construction.
  double Total() const { return Seconds(Clock::now() - start_); }

 private:
  using Clock = std::chrono::steady_clock;
  static double Seconds(Clock::duration duration) { return std::chrono::duration<double>(duration).count(); }

  Clock::time_point start_ = Clock::now();
  Clock::time_point lap_ = start_;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_STOPWATCH_H_
