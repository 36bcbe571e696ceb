#ifndef PIXELCLIP_SERVER_FAIR_QUEUE_H_
#define PIXELCLIP_SERVER_FAIR_QUEUE_H_

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <tuple>
#include <vector>

#include "server/admitted_call.h"
#include "server/encode_task.h"

namespace pixelclip {

// A task that was submitted.
struct QueuedTask {
  EncodeTask task;
  AdmittedCalls::iterator call;
  Clock::TimePoint submitted;
  int replicas_lost = 0;  // while they were encoding it

  // The queue's own: where ageing has brought it, and when.
  Priority level = Priority::kNormal;
  Clock::TimePoint level_since{};
};

// The order in which waiting tasks are encoded.
//
// Levels: a task goes before all of lower levels. It begins at its call's priority, and each time it has
// waited for `ageing` it moves up one level and queues there as if it had just come.
//
// Turns: within a level, calls take turns. A call's first task gets the turn after the one that is being
// served, its next the turn after that, and so on; tasks of one turn go by deadline, then by arrival. So the
// hundred tiles of one call are spread among the pictures that come meanwhile, and nothing is overtaken for
// ever: whatever comes once a turn has begun gets a later one.
//
// Not for sharing between threads.
class FairQueue {
 public:
  explicit FairQueue(Clock::Duration ageing) : ageing_(ageing) {}

  void Push(QueuedTask task, Clock::TimePoint now);

  // Brings back a task that was taken: first of its level.
  void PushBack(QueuedTask task, Clock::TimePoint now);

  // Moves up the tasks that have waited long enough.
  void Age(Clock::TimePoint now);

  // Takes up to `count` tasks of one shape, in order.
  std::vector<QueuedTask> Take(InputShape shape, int count);

  // Takes those for which `unwanted` holds, in order.
  std::vector<QueuedTask> RemoveIf(const std::function<bool(const QueuedTask&)>& unwanted);

  bool empty() const { return tasks_.empty(); }
  int size() const { return static_cast<int>(tasks_.size()); }

  // The shape of the task whose turn it is. REQUIRES: not empty.
  InputShape NextShape() const { return tasks_.begin()->second.call->terms.shape; }

  // Tasks of one shape.
  int Count(InputShape shape) const;

  // Of the first `count` tasks of one shape, in order.
  std::vector<Clock::TimePoint> Deadlines(InputShape shape, int count) const;

  // Of all tasks; Clock::kNever if none has one.
  Clock::TimePoint EarliestDeadline() const;

 private:
  struct Position {
    int level;  // 0 is the highest
    uint64_t turn;
    Clock::TimePoint deadline;
    uint64_t arrival;

    friend bool operator<(const Position& a, const Position& b) {
      return std::tie(a.level, a.turn, a.deadline, a.arrival) <
             std::tie(b.level, b.turn, b.deadline, b.arrival);
    }
  };
  using Tasks = std::map<Position, QueuedTask>;

  struct Turns {
    uint64_t last = 0;  // the latest given out
    int queued = 0;     // tasks of the call at this level
  };
  struct Level {
    uint64_t served = 0;  // the turn that is being served
    std::map<uint64_t, Turns> calls;
  };

  void Insert(QueuedTask task, uint64_t turn, Clock::TimePoint now);
  uint64_t NextTurn(const QueuedTask& task);
  Level& LevelOf(const QueuedTask& task) { return levels_[static_cast<int>(task.level)]; }

  // Takes the task at `position`, which becomes the next task's.
  QueuedTask Remove(Tasks::iterator* position);

  const Clock::Duration ageing_;
  Tasks tasks_;
  std::array<Level, 3> levels_;
  uint64_t arrivals_ = 0;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_SERVER_FAIR_QUEUE_H_
