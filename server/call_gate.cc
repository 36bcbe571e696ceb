#include "server/call_gate.h"

#include <utility>

namespace pixelclip {

bool CallGate::Enter() {
  const std::lock_guard<std::mutex> lock(mutex_);
  last_visit_ = Clock::now();
  if (!closed_) ++inside_;
  return !closed_;
}

void CallGate::Leave() {
  const std::lock_guard<std::mutex> lock(mutex_);
  last_visit_ = Clock::now();
  if (--inside_ == 0) empty_.notify_all();
}

std::optional<uint64_t> CallGate::Watch(std::function<void()> on_closing) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (closed_) return std::nullopt;
  watchers_.emplace(next_watch_, std::move(on_closing));
  return next_watch_++;
}

bool CallGate::Unwatch(uint64_t watch) {
  const std::lock_guard<std::mutex> lock(mutex_);
  return watchers_.erase(watch) == 1;
}

void CallGate::CloseAndWait(Clock::time_point limit) {
  std::map<uint64_t, std::function<void()>> watchers;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    closed_ = true;
    watchers = std::exchange(watchers_, {});
  }
  for (const auto& [watch, on_closing] : watchers) on_closing();
  std::unique_lock<std::mutex> lock(mutex_);
  empty_.wait_until(lock, limit, [this] { return inside_ == 0; });
}

CallGate::Clock::time_point CallGate::last_visit() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return last_visit_;
}

}  // namespace pixelclip
