#include "server/worker.h"

namespace pixelclip {

Worker::~Worker() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  asked_.notify_one();
  thread_.join();
}

void Worker::Run(const std::function<void()>& work) {
  Job job{work};
  std::unique_lock<std::mutex> lock(mutex_);
  jobs_.push_back(&job);
  asked_.notify_one();
  ended_.wait(lock, [&job] { return job.done; });
}

void Worker::Loop() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (true) {
    asked_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
    if (jobs_.empty()) return;
    Job* job = jobs_.front();
    jobs_.pop_front();
    lock.unlock();
    job->work();
    lock.lock();
    job->done = true;
    ended_.notify_all();
  }
}

}  // namespace pixelclip
