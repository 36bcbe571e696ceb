#include "server/work_pool.h"

#include <utility>

namespace pixelclip {

WorkPool::WorkPool(int threads, const std::function<void()>& begin_thread) {
  for (int i = 0; i < threads; ++i) {
    threads_.emplace_back([this, begin_thread] {
      begin_thread();
      Loop();
    });
  }
}

WorkPool::~WorkPool() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void WorkPool::Post(Lane lane, std::function<void()> work) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    (lane == Lane::kFinish ? finish_ : begin_).push_back(std::move(work));
  }
  changed_.notify_one();
}

void WorkPool::Loop() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (true) {
    changed_.wait(lock,
                  [this] { return !finish_.empty() || !begin_.empty() || (stopping_ && working_ == 0); });
    std::deque<std::function<void()>>& lane = finish_.empty() ? begin_ : finish_;
    if (lane.empty()) return;
    std::function<void()> work = std::move(lane.front());
    lane.pop_front();
    ++working_;
    lock.unlock();
    work();
    work = nullptr;  // what it held goes before anybody learns that it has ended
    lock.lock();
    --working_;
    if (stopping_ && working_ == 0) changed_.notify_all();
  }
}

}  // namespace pixelclip
