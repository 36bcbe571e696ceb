#ifndef PIXELCLIP_SERVER_ADMITTED_CALL_H_
#define PIXELCLIP_SERVER_ADMITTED_CALL_H_

#include <algorithm>
#include <array>
#include <list>

#include "server/encode_task.h"

namespace pixelclip {

// Where a task of an admitted call is. It only ever goes
//   outside -> coming -> queued -> running -> outside,
// or coming -> outside when its reservation is dropped, or running -> queued when its replica is lost.
enum class TaskState { kOutside, kComing, kQueued, kRunning };

// How many tasks are in each state.
class TaskCounts {
 public:
  int& operator[](TaskState state) { return counts_[static_cast<int>(state)]; }
  int operator[](TaskState state) const { return counts_[static_cast<int>(state)]; }

 private:
  std::array<int, 4> counts_{};
};

// One successful Reserve, as the batcher's books have it.
struct AdmittedCall {
  CallTerms terms;
  Clock::TimePoint since;
  bool preparing = true;  // nothing has been submitted yet
  TaskCounts tasks;

  // Tasks that a replica has yet to take.
  int Waiting() const { return tasks[TaskState::kComing] + tasks[TaskState::kQueued]; }

  // What it takes up of the queue's capacity.
  int Places() const { return std::min(Waiting(), terms.window); }

  bool Finished() const { return Waiting() + tasks[TaskState::kRunning] == 0; }
};

// A list, as the tasks hold on to their call.
using AdmittedCalls = std::list<AdmittedCall>;

}  // namespace pixelclip

#endif  // PIXELCLIP_SERVER_ADMITTED_CALL_H_
