#include "server/device_thread.h"

#include <pthread.h>

#include <condition_variable>
#include <mutex>
#include <utility>

namespace pixelclip {

struct DeviceThread::State {
  std::mutex mutex;  // guards all below
  std::condition_variable changed;
  std::function<void()> work;  // empty once it is done
  bool ended = false;
};

DeviceThread::DeviceThread(const std::string& name)
    : state_(std::make_shared<State>()), thread_([state = state_] { Loop(*state); }) {
  pthread_setname_np(thread_.native_handle(), name.substr(0, 15).c_str());
}

DeviceThread::~DeviceThread() {
  {
    const std::lock_guard<std::mutex> lock(state_->mutex);
    state_->ended = true;
    state_->changed.notify_all();
  }
  hangs_ ? thread_.detach() : thread_.join();
}

bool DeviceThread::Do(std::function<void()> work, Clock& clock, Clock::Duration limit) {
  const Clock::TimePoint until = clock.Now() + limit;
  std::unique_lock<std::mutex> lock(state_->mutex);
  state_->work = std::move(work);
  state_->changed.notify_all();
  while (state_->work && clock.Now() < until) clock.WaitUntil(until, state_->changed, lock);
  hangs_ = static_cast<bool>(state_->work);
  return !hangs_;
}

void DeviceThread::Loop(State& state) {
  std::unique_lock<std::mutex> lock(state.mutex);
  while (true) {
    state.changed.wait(lock, [&state] { return state.work || state.ended; });
    if (!state.work) return;
    lock.unlock();
    state.work();
    lock.lock();
    state.work = nullptr;
    state.changed.notify_all();
  }
}

}  // namespace pixelclip
