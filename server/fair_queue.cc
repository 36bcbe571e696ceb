#include "server/fair_queue.h"

#include <algorithm>
#include <utility>

namespace pixelclip {

void FairQueue::Push(QueuedTask task, Clock::TimePoint now) {
  task.level = task.call->terms.priority;
  const uint64_t turn = NextTurn(task);
  Insert(std::move(task), turn, now);
}

void FairQueue::PushBack(QueuedTask task, Clock::TimePoint now) { Insert(std::move(task), 0, now); }

void FairQueue::Age(Clock::TimePoint now) {
  std::vector<QueuedTask> aged = RemoveIf([&](const QueuedTask& task) {
    return task.level != Priority::kHigh && now - task.level_since >= ageing_;
  });
  for (QueuedTask& task : aged) {
    task.level = task.level == Priority::kLow ? Priority::kNormal : Priority::kHigh;
    const uint64_t turn = NextTurn(task);
    Insert(std::move(task), turn, now);
  }
}

std::vector<QueuedTask> FairQueue::Take(InputShape shape, int count) {
  std::vector<QueuedTask> taken;
  for (auto it = tasks_.begin(); it != tasks_.end() && static_cast<int>(taken.size()) < count;) {
    if (it->second.call->terms.shape == shape) {
      uint64_t& served = LevelOf(it->second).served;
      served = std::max(served, it->first.turn);
      taken.push_back(Remove(&it));
    } else {
      ++it;
    }
  }
  return taken;
}

std::vector<QueuedTask> FairQueue::RemoveIf(const std::function<bool(const QueuedTask&)>& unwanted) {
  std::vector<QueuedTask> removed;
  for (auto it = tasks_.begin(); it != tasks_.end();) {
    if (unwanted(it->second)) {
      removed.push_back(Remove(&it));
    } else {
      ++it;
    }
  }
  return removed;
}

int FairQueue::Count(InputShape shape) const {
  return static_cast<int>(std::count_if(tasks_.begin(), tasks_.end(), [&](const auto& entry) {
    return entry.second.call->terms.shape == shape;
  }));
}

std::vector<Clock::TimePoint> FairQueue::Deadlines(InputShape shape, int count) const {
  std::vector<Clock::TimePoint> deadlines;
  for (const auto& [position, task] : tasks_) {
    if (static_cast<int>(deadlines.size()) == count) break;
    if (task.call->terms.shape == shape) deadlines.push_back(position.deadline);
  }
  return deadlines;
}

Clock::TimePoint FairQueue::EarliestDeadline() const {
  Clock::TimePoint earliest = Clock::kNever;
  for (const auto& [position, task] : tasks_) earliest = std::min(earliest, position.deadline);
  return earliest;
}

void FairQueue::Insert(QueuedTask task, uint64_t turn, Clock::TimePoint now) {
  const int level = static_cast<int>(Priority::kHigh) - static_cast<int>(task.level);
  const CallTerms& terms = task.call->terms;
  ++LevelOf(task).calls[terms.call].queued;
  task.level_since = now;
  tasks_.emplace(Position{level, turn, terms.deadline, arrivals_++}, std::move(task));
}

uint64_t FairQueue::NextTurn(const QueuedTask& task) {
  Level& level = LevelOf(task);
  Turns& turns = level.calls[task.call->terms.call];
  turns.last = std::max(level.served, turns.last) + 1;
  return turns.last;
}

QueuedTask FairQueue::Remove(Tasks::iterator* position) {
  QueuedTask task = std::move((*position)->second);
  *position = tasks_.erase(*position);
  auto& calls = LevelOf(task).calls;
  const auto turns = calls.find(task.call->terms.call);
  if (--turns->second.queued == 0) calls.erase(turns);
  return task;
}

}  // namespace pixelclip
