#include "server/batcher.h"

#include <algorithm>
#include <cassert>
#include <climits>
#include <limits>
#include <string>
#include <utility>

#include "server/retry_after.h"

namespace pixelclip {
namespace {

// Two replicas lost with the same task at hand are enough to suspect the task.
constexpr int kReplicasPerTask = 2;

// An idle batcher lets one call try what the predictions forbid if nothing was measured for so long.
constexpr Clock::Duration kMeasurementLife = std::chrono::seconds(1);

// After running out of memory the limit is half a batch, and doubles every so often.
constexpr Clock::Duration kMemoryRecovery = std::chrono::seconds(30);

// Of the mean time between Reserve and Submit: the weight of the latest call.
constexpr double kPreparationWeight = 1.0 / 16;

// Steps of caution_. Where they balance, one deadline in 400 is missed. The way back is slow, as misses come
// in bursts as long as the queue.
constexpr double kCautionPerMiss = 0.02;
constexpr double kCautionPerHit = 0.00005;

absl::Status StatusOf(DropReason reason) {
  switch (reason) {
    case DropReason::kExpired:
      return absl::DeadlineExceededError("the deadline passed while the picture was queued");
    case DropReason::kAbandoned:
      return absl::CancelledError("the caller left while the picture was queued");
    case DropReason::kAborted:
      return absl::UnavailableError("the last device of the model failed");
    case DropReason::kReplicasLost:
      return absl::UnavailableError("the devices that encoded the picture failed");
  }
  return absl::InternalError("unknown reason");
}

// When `work` seconds of batches are done by workers of whom each is free after the given seconds. Like water
// poured into a vessel with steps, the work fills up whoever is free first.
double FillUp(std::vector<double> free_after, double work) {
  std::sort(free_after.begin(), free_after.end());
  double level = free_after.front();
  for (size_t workers = 1; workers < free_after.size(); ++workers) {
    const double room = (free_after[workers] - level) * workers;
    if (work <= room) return level + work / workers;
    work -= room;
    level = free_after[workers];
  }
  return level + work / free_after.size();
}

}  // namespace

Batcher::Reservation& Batcher::Reservation::operator=(Reservation&& other) noexcept {
  Release();
  batcher_ = std::exchange(other.batcher_, nullptr);
  call_ = other.call_;
  left_ = std::exchange(other.left_, 0);
  return *this;
}

void Batcher::Reservation::Release() {
  if (left_ > 0) batcher_->GiveBack(call_, std::exchange(left_, 0));
}

Batcher::Batcher(const Options& options, int replicas, Clock& clock, BatchObserver& observer)
    : options_(options), clock_(clock), observer_(observer), queue_(options.ageing), replicas_(replicas) {
  assert(options.max_batch > 0 && options.capacity > 0 && replicas > 0);
}

Batcher::~Batcher() { assert(calls_.empty()); }

// For callers.

absl::StatusOr<Batcher::Reservation> Batcher::Reserve(int count, const CallTerms& terms) {
  assert(count > 0 && terms.window > 0);
  const std::lock_guard<std::mutex> lock(mutex_);
  const Clock::TimePoint now = clock_.Now();
  if (closed_)
    return Refuse(RefusalReason::kClosed,
                  absl::UnavailableError("the model is being stopped, or its last device failed"));
  if (absl::Status status = CheckRoom(count, terms, now); !status.ok()) {
    return Refuse(RefusalReason::kFull, std::move(status));
  }
  if (absl::Status status = CheckDeadline(count, terms, now); !status.ok()) {
    return Refuse(RefusalReason::kDeadline, std::move(status));
  }
  Reservation reservation;
  reservation.batcher_ = this;
  reservation.call_ = calls_.insert(calls_.end(), AdmittedCall{terms, now, true, {}});
  reservation.left_ = count;
  Move(reservation.call_, TaskState::kOutside, TaskState::kComing, count);
  return reservation;
}

void Batcher::Submit(Reservation& reservation, EncodeTask task) {
  assert(reservation.batcher_ == this && reservation.left_ > 0);
  const std::lock_guard<std::mutex> lock(mutex_);
  const Clock::TimePoint now = clock_.Now();
  --reservation.left_;
  const AdmittedCalls::iterator call = reservation.call_;
  if (std::exchange(call->preparing, false)) {
    const double seconds = ToSeconds(now - call->since);
    const double mean = preparation_.value_or(seconds);
    preparation_ = mean + kPreparationWeight * (seconds - mean);
  }
  Move(call, TaskState::kComing, TaskState::kQueued);
  queue_.Push(QueuedTask{std::move(task), call, now}, now);
  changed_.notify_one();
}

void Batcher::GiveBack(AdmittedCalls::iterator call, int places) {
  const std::lock_guard<std::mutex> lock(mutex_);
  call->preparing = false;
  Move(call, TaskState::kComing, TaskState::kOutside, places);
  changed_.notify_all();  // a replica may be waiting for what will not come
}

void Batcher::Close() {
  const std::lock_guard<std::mutex> lock(mutex_);
  closed_ = true;
  changed_.notify_all();
}

Batcher::Snapshot Batcher::snapshot() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  const Clock::TimePoint now = clock_.Now();
  Snapshot snapshot;
  snapshot.reserved = totals_[TaskState::kComing];
  snapshot.queued = totals_[TaskState::kQueued];
  snapshot.running = totals_[TaskState::kRunning];
  snapshot.healthy_replicas = HealthyReplicas();
  const int share = Share(snapshot.reserved + snapshot.queued);
  snapshot.predicted_seconds =
      SecondsUntilDone(WorkSeconds(TasksAhead(INT_MAX, Priority::kLow), share, now), now);
  return snapshot;
}

bool Batcher::healthy(int replica) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return replicas_[replica].state != ReplicaState::kLost;
}

// For replicas.

std::optional<Batch> Batcher::Take(int replica) {
  std::unique_lock<std::mutex> lock(mutex_);
  if (replicas_[replica].state != ReplicaState::kLost) SetState(replicas_[replica], ReplicaState::kIdle);
  Delay delay;
  while (true) {
    const Clock::TimePoint now = clock_.Now();
    if (AnswerUnwanted(replica, now, lock)) continue;
    if (queue_.empty()) {
      if (closed_ && calls_.empty()) return std::nullopt;
      delay = Delay();
      changed_.wait(lock);
      continue;
    }
    queue_.Age(now);
    const Plan plan = MakePlan(now, &delay);
    if (plan.dispatch) return Dispatch(replica, *plan.dispatch, now);
    clock_.WaitUntil(plan.wait_until, changed_, lock);
  }
}

void Batcher::Answer(QueuedTask task, absl::StatusOr<DenseFeatures> result, const EncodeTimes& times) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    LearnFromDeadline(task, result.status(), clock_.Now());
    Move(task.call, TaskState::kRunning, TaskState::kOutside);
  }
  task.task.done(std::move(result), times);
}

bool Batcher::DropIfUnwanted(QueuedTask& task, int replica) {
  std::optional<DropReason> reason;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    reason = Unwanted(task, clock_.Now());
  }
  if (reason) Drop(std::move(task), *reason, replica);
  return reason.has_value();
}

void Batcher::Measured(InputShape shape, int share, int items, double seconds) {
  const std::lock_guard<std::mutex> lock(mutex_);
  costs_.Record(shape, share, items, seconds);
  shapes_[shape].measured = clock_.Now();
}

void Batcher::OutOfMemory(InputShape shape, int items) {
  const std::lock_guard<std::mutex> lock(mutex_);
  shapes_[shape].memory_limit = std::max(1, items / 2);
  shapes_[shape].memory_limit_since = clock_.Now();
}

bool Batcher::Lose(int replica, std::vector<QueuedTask> tasks) {
  const std::lock_guard<std::mutex> lock(mutex_);
  SetState(replicas_[replica], ReplicaState::kLost);
  for (QueuedTask& task : tasks) {
    ++task.replicas_lost;
    Move(task.call, TaskState::kRunning, TaskState::kQueued);
    queue_.PushBack(std::move(task), clock_.Now());
  }
  const bool others = HealthyReplicas() > 0;
  if (!others) closed_ = true;
  changed_.notify_all();
  return others;
}

// Admission.

absl::Status Batcher::Refuse(RefusalReason reason, absl::Status status) {
  observer_.OnRefused(reason);
  return status;
}

absl::Status Batcher::CheckRoom(int count, const CallTerms& terms, Clock::TimePoint now) const {
  const int needed = std::min(count, terms.window);
  if (needed > options_.capacity) {
    return WithoutRetry(absl::ResourceExhaustedError("the call has " + std::to_string(needed) +
                                                     " pictures or tiles; the server's queue holds " +
                                                     std::to_string(options_.capacity)));
  }
  const int missing = places_ - (options_.capacity - needed);
  if (missing <= 0) return absl::OkStatus();
  // The first batch leaves its places as soon as a replica is free.
  const int share = Share(places_);
  const int limit = BatchLimit(terms.shape, share, now);
  const double work = costs_.Of(terms.shape, share).WorkSeconds(std::max(0, missing - limit), limit);
  return WithRetryAfter(absl::ResourceExhaustedError("the server's queue is full"),
                        SecondsUntilDone(work, now));
}

absl::Status Batcher::CheckDeadline(int count, const CallTerms& terms, Clock::TimePoint now) const {
  if (terms.deadline == Clock::kNever) return absl::OkStatus();
  const double left = ToSeconds(terms.deadline - now);
  if (left <= 0) return WithoutRetry(absl::DeadlineExceededError("the deadline has passed"));
  const BatchCost alone = costs_.Of(terms.shape, 1);
  if (!alone.settled || MayBeOutdated(terms.shape, now)) return absl::OkStatus();
  const Forecast forecast = Predict(count, terms, now);
  const double excess = std::max(forecast.wait, terms.prepare_seconds) + forecast.run - left;
  if (excess <= 0) return absl::OkStatus();
  absl::Status status = absl::DeadlineExceededError("the server cannot finish before the deadline");
  const bool hopeless = terms.prepare_seconds + alone.BatchSeconds(1) > left;
  return hopeless ? WithoutRetry(std::move(status)) : WithRetryAfter(std::move(status), excess);
}

Batcher::Forecast Batcher::Predict(int count, const CallTerms& terms, Clock::TimePoint now) const {
  std::map<InputShape, int> tasks = TasksAhead(count, terms.priority);
  const int share = Share(totals_[TaskState::kComing] + totals_[TaskState::kQueued] + count);
  const int limit = BatchLimit(terms.shape, share, now);
  int& of_shape = tasks[terms.shape];
  of_shape += count;
  const int in_last_batch = (of_shape - 1) % limit + 1;
  of_shape -= in_last_batch;
  Forecast forecast;
  forecast.wait = (1 + caution_) * SecondsUntilDone(WorkSeconds(tasks, share, now), now);
  // Others may come and fill the last batch up. A replica that is free does not wait for them.
  const double joining = forecast.wait > 0 ? caution_ * (limit - in_last_batch) : 0;
  const BatchCost cost = costs_.Of(terms.shape, share);
  forecast.run = cost.BatchSeconds(in_last_batch) + cost.item_seconds * joining;
  return forecast;
}

// What is encoded before the last of `count` new tasks: all that waits at a higher priority, and of each call
// at the same priority as many tasks as it has turns until then.
std::map<InputShape, int> Batcher::TasksAhead(int count, Priority priority) const {
  std::map<InputShape, int> tasks;
  for (const AdmittedCall& call : calls_) {
    if (call.terms.priority < priority) continue;
    const bool takes_turns = call.terms.priority == priority;
    tasks[call.terms.shape] += takes_turns ? std::min(call.Waiting(), count) : call.Waiting();
  }
  return tasks;
}

double Batcher::WorkSeconds(const std::map<InputShape, int>& tasks, int share, Clock::TimePoint now) const {
  double seconds = 0;
  for (const auto& [shape, count] : tasks)
    seconds += costs_.Of(shape, share).WorkSeconds(count, BatchLimit(shape, share, now));
  return seconds;
}

double Batcher::SecondsUntilDone(double work, Clock::TimePoint now) const {
  std::vector<double> free_after;
  for (const Replica& replica : replicas_) {
    if (replica.state == ReplicaState::kLost) continue;
    const bool at_work = replica.state == ReplicaState::kAtWork;
    free_after.push_back(at_work ? std::max(0.0, ToSeconds(replica.free_at - now)) : 0);
  }
  return free_after.empty() ? 0 : FillUp(std::move(free_after), work);
}

bool Batcher::MayBeOutdated(InputShape shape, Clock::TimePoint now) const {
  const auto found = shapes_.find(shape);
  return calls_.empty() && found != shapes_.end() && now - found->second.measured > kMeasurementLife;
}

// What was admitted and yet came too late shows how wrong the predictions are.
void Batcher::LearnFromDeadline(const QueuedTask& task, const absl::Status& status, Clock::TimePoint now) {
  const Clock::TimePoint deadline = task.call->terms.deadline;
  if (deadline == Clock::kNever || absl::IsCancelled(status)) return;
  const double step = now > deadline ? kCautionPerMiss : -kCautionPerHit;
  caution_ = std::clamp(caution_ + step, 0.0, 1.0);
}

// Dispatch.

bool Batcher::AnswerUnwanted(int replica, Clock::TimePoint now, std::unique_lock<std::mutex>& lock) {
  std::vector<DropReason> reasons;
  std::vector<QueuedTask> unwanted = queue_.RemoveIf([&](const QueuedTask& task) {
    const std::optional<DropReason> reason = Unwanted(task, now);
    if (reason) reasons.push_back(*reason);
    return reason.has_value();
  });
  if (unwanted.empty()) return false;
  for (const QueuedTask& task : unwanted) Move(task.call, TaskState::kQueued, TaskState::kRunning);
  lock.unlock();
  for (size_t i = 0; i < unwanted.size(); ++i) Drop(std::move(unwanted[i]), reasons[i], replica);
  lock.lock();
  return true;
}

std::optional<DropReason> Batcher::Unwanted(const QueuedTask& task, Clock::TimePoint now) const {
  if (HealthyReplicas() == 0) return DropReason::kAborted;
  if (task.replicas_lost >= kReplicasPerTask) return DropReason::kReplicasLost;
  if (now >= task.call->terms.deadline) return DropReason::kExpired;
  if (task.task.abandoned && task.task.abandoned()) return DropReason::kAbandoned;
  return std::nullopt;
}

void Batcher::Drop(QueuedTask task, DropReason reason, int replica) {
  observer_.OnDropped(reason);
  EncodeTimes times;
  times.queue_seconds = ToSeconds(clock_.Now() - task.submitted);
  times.replica = replica;
  Answer(std::move(task), StatusOf(reason), times);
}

Batcher::Plan Batcher::MakePlan(Clock::TimePoint now, Delay* delay) const {
  const InputShape shape = queue_.NextShape();
  const int queued = queue_.Count(shape), share = Share(queue_.size());
  if (queued >= BatchLimit(shape, share, now)) return {DispatchReason::kFull, {}};
  if (closed_) return {DispatchReason::kDrained, {}};

  if (delay->queued == 0) delay->begun = now;
  if (delay->queued != queued) delay->last_arrival = now;
  delay->queued = queued;

  const BatchCost cost = costs_.Of(shape, share);
  const double delay_that_pays = cost.DelayThatPays(queued);
  const Clock::TimePoint over =
      std::min(delay->last_arrival + FromSeconds(delay_that_pays), delay->begun + options_.max_delay);
  // Another idle replica would take what comes, and another shape cannot join.
  const bool pays = Count(ReplicaState::kIdle) == 1 && queue_.size() == queued &&
                    SecondsToNextArrival(shape) <= delay_that_pays && now < over;
  if (!pays) return {delay->begun < now ? DispatchReason::kDelayOver : DispatchReason::kIdle, {}};

  const Clock::TimePoint latest = queue_.EarliestDeadline() - FromSeconds(cost.BatchSeconds(queued + 1));
  if (latest <= now) return {DispatchReason::kDeadline, {}};
  return {std::nullopt, std::min(over, latest)};
}

// Little's law: of k calls being prepared for a mean time of p each, one is ready every p / k.
double Batcher::SecondsToNextArrival(InputShape shape) const {
  const auto coming = std::count_if(calls_.begin(), calls_.end(), [&](const AdmittedCall& call) {
    return call.preparing && call.terms.shape == shape;
  });
  if (coming == 0 || !preparation_) return std::numeric_limits<double>::infinity();
  return *preparation_ / static_cast<double>(coming);
}

Batch Batcher::Dispatch(int replica, DispatchReason reason, Clock::TimePoint now) {
  const InputShape shape = queue_.NextShape();
  const int share = Share(queue_.size());
  Batch batch = {shape, reason, now, share, queue_.Take(shape, BatchSize(shape, share, now))};
  const int size = static_cast<int>(batch.tasks.size());
  SetState(replicas_[replica], ReplicaState::kAtWork);
  replicas_[replica].free_at = now + FromSeconds(costs_.Of(shape, share).BatchSeconds(size));
  observer_.OnDispatched(reason, size);
  for (const QueuedTask& task : batch.tasks) {
    Move(task.call, TaskState::kQueued, TaskState::kRunning);
    observer_.OnTaken(ToSeconds(now - task.submitted));
  }
  return batch;
}

// Of a batch that begins when replicas that are free take `more` tasks.
int Batcher::Share(int more) const {
  const int healthy = std::max(1, HealthyReplicas());
  const int own = Count(ReplicaState::kAtWork);
  const int others = *options_.at_work - own;  // of other models
  const int at_work = others + std::min(healthy, own + more);
  int share = 1;
  while (share < at_work) share *= 2;
  return std::min(share, others + healthy);
}

// As many as are allowed, but not one more if a task that is in would then miss a deadline that it keeps as
// it is.
int Batcher::BatchSize(InputShape shape, int share, Clock::TimePoint now) const {
  const BatchCost cost = costs_.Of(shape, share);
  Clock::TimePoint due = Clock::kNever;
  int size = 0;
  for (const Clock::TimePoint deadline : queue_.Deadlines(shape, BatchLimit(shape, share, now))) {
    const Clock::TimePoint done = now + FromSeconds(cost.BatchSeconds(size + 1));
    if (done > due) break;
    if (done <= deadline) due = std::min(due, deadline);
    ++size;
  }
  return size;
}

int Batcher::BatchLimit(InputShape shape, int share, Clock::TimePoint now) const {
  return costs_.Of(shape, share).EfficientBatch(MemoryLimit(shape, now));
}

int Batcher::MemoryLimit(InputShape shape, Clock::TimePoint now) const {
  const auto found = shapes_.find(shape);
  if (found == shapes_.end() || found->second.memory_limit == 0) return options_.max_batch;
  int64_t limit = found->second.memory_limit;
  for (auto age = now - found->second.memory_limit_since; age >= kMemoryRecovery; age -= kMemoryRecovery) {
    limit *= 2;
    if (limit >= options_.max_batch) break;
  }
  return static_cast<int>(std::min<int64_t>(limit, options_.max_batch));
}

// Books.

void Batcher::Move(AdmittedCalls::iterator call, TaskState from, TaskState to, int tasks) {
  places_ -= call->Places();
  for (TaskCounts* counts : {&call->tasks, &totals_}) {
    (*counts)[from] -= tasks;
    (*counts)[to] += tasks;
  }
  places_ += call->Places();
  observer_.OnQueue(totals_[TaskState::kQueued], totals_[TaskState::kComing]);
  if (call->Finished()) calls_.erase(call);
  if (closed_ && calls_.empty()) changed_.notify_all();
}

void Batcher::SetState(Replica& replica, ReplicaState state) {
  if (replica.state == ReplicaState::kAtWork) --*options_.at_work;
  if (state == ReplicaState::kAtWork) ++*options_.at_work;
  replica.state = state;
}

int Batcher::Count(ReplicaState state) const {
  return static_cast<int>(std::count_if(replicas_.begin(), replicas_.end(),
                                        [state](const Replica& replica) { return replica.state == state; }));
}

int Batcher::HealthyReplicas() const {
  return static_cast<int>(replicas_.size()) - Count(ReplicaState::kLost);
}

}  // namespace pixelclip
