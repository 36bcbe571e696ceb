#ifndef PIXELCLIP_SERVER_BATCHER_H_
#define PIXELCLIP_SERVER_BATCHER_H_

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/admitted_call.h"
#include "server/batch_observer.h"
#include "server/clock.h"
#include "server/cost_model.h"
#include "server/encode_task.h"
#include "server/fair_queue.h"

namespace pixelclip {

// What a replica runs at once: tasks of one shape, at least one.
struct Batch {
  InputShape shape;
  DispatchReason reason = DispatchReason::kIdle;
  Clock::TimePoint taken;

  // By how many what replicas have in common, as the cores of a CPU, is to be divided while this runs: the
  // replicas at work, those of other models, this one and those that are about to begin among them; rounded
  // up to a power of two, at most to all replicas of this model and those at work of others.
  int share = 1;

  std::vector<QueuedTask> tasks;
};

// Gathers the pictures of many calls into batches for the replicas of one model.
//
// A call comes in two steps. Reserve, at its arrival, answers at once: places in the queue, or a refusal.
// Submit, when a picture is ready, puts it on one of those places and cannot fail. Replicas
// (server/replica_pool.h) take batches when they are free. docs/batching.md tells how all is decided.
//
// Invariants:
//   1. calls_ holds exactly the calls of which a task is coming, queued or running, and counts these. Move
//      is all that changes the counts.
//   2. The calls' places sum up to places_, which Reserve never lets exceed `capacity`. (Tasks handed back
//      by a lost replica return whether there is room or not.)
//   3. While a task is queued, a replica in Take sleeps only for a delay that is predicted to pay.
//   4. Take returns nothing only once the batcher is closed and calls_ is empty. So there is a replica to
//      answer every task, and the last task's answer lets all of them go.
//   5. `done` is called by Answer alone, without the lock.
//
// All functions may be called from any thread.
class Batcher {
 public:
  struct Options {
    // Tasks in one batch, at most.
    int max_batch = 16;
    // Tasks that wait, reserved or queued, at most.
    int capacity = 256;
    // The longest that a batch is held back for more tasks, if that pays; 0 never holds back.
    Clock::Duration max_delay = std::chrono::milliseconds(10);
    // After so long in the queue, a task moves up to the next higher priority.
    Clock::Duration ageing = std::chrono::seconds(1);
    // The replicas at work, counted by all batchers that share a machine: give these the same one.
    std::shared_ptr<std::atomic<int>> at_work = std::make_shared<std::atomic<int>>(0);
  };

  struct Snapshot {
    int reserved = 0;
    int queued = 0;
    int running = 0;
    int healthy_replicas = 0;
    // Until all of these would be done.
    double predicted_seconds = 0;
  };

  // Places in the queue. Dropped, it gives back those that were not used. For one thread at a time. The
  // batcher must outlive it.
  class Reservation {
   public:
    Reservation() = default;
    Reservation(Reservation&& other) noexcept { *this = std::move(other); }
    Reservation& operator=(Reservation&& other) noexcept;
    ~Reservation() { Release(); }

    // Tasks that may yet be submitted.
    int left() const { return left_; }

    void Release();

   private:
    friend class Batcher;

    Batcher* batcher_ = nullptr;
    AdmittedCalls::iterator call_;  // valid while left_ > 0
    int left_ = 0;
  };

  // `clock` and `observer` must outlive the batcher. REQUIRES: max_batch, capacity, replicas > 0.
  Batcher(const Options& options, int replicas, Clock& clock, BatchObserver& observer);

  // REQUIRES: every reservation is dropped and every replica has let go.
  ~Batcher();

  Batcher(const Batcher&) = delete;
  Batcher& operator=(const Batcher&) = delete;

  // For callers.

  // Places for `count` > 0 tasks. Never waits. Errors, the first two with advice on when to try again
  // (server/retry_after.h):
  //   RESOURCE_EXHAUSTED  the queue is full
  //   DEADLINE_EXCEEDED   the deadline has passed, or is predicted to before the call is done
  //   UNAVAILABLE         closed, or no replica is left
  absl::StatusOr<Reservation> Reserve(int count, const CallTerms& terms);

  // REQUIRES: reservation.left() > 0, from this batcher's Reserve; the input has the reserved shape.
  void Submit(Reservation& reservation, EncodeTask task);

  // No new reservations; tasks that are reserved or queued are still encoded.
  void Close();

  Snapshot snapshot() const;

  bool healthy(int replica) const;

  // For replicas. Each task of a batch is passed to one call of Answer, DropIfUnwanted (if that says so) or
  // Lose.

  // Waits for the replica's next batch. Nothing: there will be none any more.
  std::optional<Batch> Take(int replica);

  // Ends a task's life here and calls its `done`.
  void Answer(QueuedTask task, absl::StatusOr<DenseFeatures> result, const EncodeTimes& times);

  // Answers the task if its caller has no use for the result any more. Says whether it did.
  bool DropIfUnwanted(QueuedTask& task, int replica);

  // Reports a successful run of the encoder, also of one that warmed it up.
  void Measured(InputShape shape, int share, int items, double seconds);

  // Reports that a batch of so many items did not fit into memory. For some time smaller ones are made.
  void OutOfMemory(InputShape shape, int items);

  // The replica is lost; `tasks` go back for others. If it was the last, the batcher is closed and the
  // result is false: the replica's thread must go on to call Take, which answers all there is and will be.
  bool Lose(int replica, std::vector<QueuedTask> tasks);

 private:
  enum class ReplicaState {
    kStarting,  // before its first Take
    kIdle,      // in Take
    kAtWork,    // between Take and the next Take
    kLost,      // for good, whatever its thread does
  };
  struct Replica {
    ReplicaState state = ReplicaState::kStarting;
    Clock::TimePoint free_at;  // predicted, if at work
  };

  struct ShapeState {
    Clock::TimePoint measured;
    int memory_limit = 0;  // 0: none
    Clock::TimePoint memory_limit_since;
  };

  // A delay that a replica may be spending.
  struct Delay {
    int queued = 0;  // tasks that are held back; 0: no delay yet
    Clock::TimePoint begun;
    Clock::TimePoint last_arrival;
  };

  // Dispatch for a reason, or wait.
  struct Plan {
    std::optional<DispatchReason> dispatch;
    Clock::TimePoint wait_until;
  };

  // For the last batch with a task of a call: when it begins, in seconds from now, and how long it runs.
  struct Forecast {
    double wait = 0;
    double run = 0;
  };

  // Everything below REQUIRES the lock, unless it says otherwise.

  // Admission.
  absl::Status Refuse(RefusalReason reason, absl::Status status);
  absl::Status CheckRoom(int count, const CallTerms& terms, Clock::TimePoint now) const;
  absl::Status CheckDeadline(int count, const CallTerms& terms, Clock::TimePoint now) const;
  Forecast Predict(int count, const CallTerms& terms, Clock::TimePoint now) const;
  std::map<InputShape, int> TasksAhead(int count, Priority priority) const;
  double WorkSeconds(const std::map<InputShape, int>& tasks, int share, Clock::TimePoint now) const;
  double SecondsUntilDone(double work, Clock::TimePoint now) const;
  bool MayBeOutdated(InputShape shape, Clock::TimePoint now) const;
  void LearnFromDeadline(const QueuedTask& task, const absl::Status& status, Clock::TimePoint now);

  // Dispatch.
  bool AnswerUnwanted(int replica, Clock::TimePoint now, std::unique_lock<std::mutex>& lock);
  std::optional<DropReason> Unwanted(const QueuedTask& task, Clock::TimePoint now) const;
  Plan MakePlan(Clock::TimePoint now, Delay* delay) const;
  double SecondsToNextArrival(InputShape shape) const;
  Batch Dispatch(int replica, DispatchReason reason, Clock::TimePoint now);
  int Share(int more) const;
  int BatchSize(InputShape shape, int share, Clock::TimePoint now) const;
  int BatchLimit(InputShape shape, int share, Clock::TimePoint now) const;
  int MemoryLimit(InputShape shape, Clock::TimePoint now) const;

  // Books.
  void Move(AdmittedCalls::iterator call, TaskState from, TaskState to, int tasks = 1);
  void SetState(Replica& replica, ReplicaState state);
  int Count(ReplicaState state) const;
  int HealthyReplicas() const;

  // Takes the lock.
  void GiveBack(AdmittedCalls::iterator call, int places);

  // REQUIRES the lock not to be held. Counts the drop and answers.
  void Drop(QueuedTask task, DropReason reason, int replica);

  const Options options_;
  Clock& clock_;
  BatchObserver& observer_;

  mutable std::mutex mutex_;  // guards all below
  std::condition_variable
      changed_;  // a task was queued, a reservation dropped, the batcher closed, or all is done
  bool closed_ = false;
  AdmittedCalls calls_;
  TaskCounts totals_;
  int places_ = 0;
  FairQueue queue_;
  std::vector<Replica> replicas_;
  CostModel costs_;
  std::map<InputShape, ShapeState> shapes_;
  std::optional<double> preparation_;  // mean seconds from Reserve to a call's first Submit
  double caution_ = 0;                 // 0 to 1: what is added to predicted waits, as a share of them
};

}  // namespace pixelclip

#endif  // PIXELCLIP_SERVER_BATCHER_H_
