#ifndef PIXELCLIP_SERVER_WORKER_H_
#define PIXELCLIP_SERVER_WORKER_H_

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace pixelclip {

// One thread that does what others ask of it, one thing after the other, first come, first served.
class Worker {
 public:
  Worker() : thread_([this] { Loop(); }) {}

  // REQUIRES: no Run is in progress.
  ~Worker();

  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Runs `work` on the worker's thread and returns when it has ended. `work` must not throw. Any thread but
  // the worker's own may call this.
  void Run(const std::function<void()>& work);

 private:
  struct Job {
    const std::function<void()>& work;
    bool done = false;
  };

  void Loop();

  std::mutex mutex_;
  std::condition_variable asked_;  // a job was added, or the end was
  std::condition_variable ended_;  // a job is done
  std::deque<Job*> jobs_;          // guarded by mutex_
  bool stopping_ = false;          // guarded by mutex_
  std::thread thread_;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_SERVER_WORKER_H_
