#include "server/periodic_task.h"

#include <utility>

namespace pixelclip {

PeriodicTask::PeriodicTask(std::chrono::milliseconds interval, std::function<void()> task)
    : interval_(interval), task_(std::move(task)), thread_([this] { Run(); }) {}

PeriodicTask::~PeriodicTask() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  stopped_changed_.notify_one();
  thread_.join();
}

void PeriodicTask::Run() {
  std::unique_lock lock(mutex_);
  while (!stopped_changed_.wait_for(lock, interval_, [this] { return stopped_; })) {
    lock.unlock();
    task_();
    lock.lock();
  }
}

}  // namespace pixelclip
