#ifndef PIXELCLIP_TESTS_TESTING_FAKE_CLOCK_H_
#define PIXELCLIP_TESTS_TESTING_FAKE_CLOCK_H_

#include <condition_variable>
#include <list>
#include <mutex>
#include <vector>

#include "server/clock.h"

namespace pixelclip::testing {

// Time that passes when a test says so.
class FakeClock final : public Clock {
 public:
  TimePoint Now() const override {
    const std::lock_guard<std::mutex> guard(mutex_);
    return now_;
  }

  void WaitUntil(TimePoint until, std::condition_variable& condition,
                 std::unique_lock<std::mutex>& lock) override {
    std::list<Wait>::iterator wait;
    {
      const std::lock_guard<std::mutex> guard(mutex_);
      if (now_ >= until) return;
      wait = waits_.insert(waits_.end(), {&condition, lock.mutex()});
      ends_.push_back(until);
    }
    began_.notify_all();
    condition.wait(lock);
    const std::lock_guard<std::mutex> guard(mutex_);
    waits_.erase(wait);
  }

  // Lets time pass and wakes all who wait for it; they look at the clock themselves. A test must not destroy
  // what they wait on meanwhile.
  void Advance(double seconds) {
    std::list<Wait> waits;
    {
      const std::lock_guard<std::mutex> guard(mutex_);
      now_ += FromSeconds(seconds);
      waits = waits_;
    }
    for (const Wait& wait : waits) {
      const std::lock_guard<std::mutex> its_lock(*wait.mutex);  // so that it waits by now
      wait.condition->notify_all();
    }
  }

  // Returns once the wait with this number, from 0, has begun. In seconds from now: when it will end.
  double AwaitWait(size_t number) {
    std::unique_lock<std::mutex> lock(mutex_);
    began_.wait(lock, [&] { return ends_.size() > number; });
    return ToSeconds(ends_[number] - now_);
  }

 private:
  struct Wait {
    std::condition_variable* condition;
    std::mutex* mutex;
  };

  mutable std::mutex mutex_;
  std::condition_variable began_;
  TimePoint now_ = TimePoint(std::chrono::hours(1));  // guarded by mutex_
  std::list<Wait> waits_;                             // guarded by mutex_
  std::vector<TimePoint> ends_;                       // guarded by mutex_; of all waits ever
};

}  // namespace pixelclip::testing

#endif  // PIXELCLIP_TESTS_TESTING_FAKE_CLOCK_H_
