#ifndef PIXELCLIP_SERVER_PERIODIC_TASK_H_
#define PIXELCLIP_SERVER_PERIODIC_TASK_H_

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace pixelclip {

// A thread that calls `task` again and again, `interval` after its last return; the first time after one
// interval.
class PeriodicTask {
 public:
  PeriodicTask(std::chrono::milliseconds interval, std::function<void()> task);

  // Waits for a call in progress, not for the interval.
  ~PeriodicTask();

 private:
  void Run();

  const std::chrono::milliseconds interval_;
  const std::function<void()> task_;
  std::mutex mutex_;
  std::condition_variable stopped_changed_;
  bool stopped_ = false;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_SERVER_PERIODIC_TASK_H_
