#include "server/replica_pool.h"

#include <pthread.h>

#include <algorithm>
#include <exception>
#include <string>
#include <utility>

#include "absl/status/status.h"

namespace pixelclip {
namespace {

std::vector<NetworkInput> MoveInputsFrom(std::vector<QueuedTask>* tasks) {
  std::vector<NetworkInput> inputs;
  inputs.reserve(tasks->size());
  for (QueuedTask& task : *tasks) inputs.push_back(std::move(task.task.input));
  return inputs;
}

void MoveInputsTo(std::vector<QueuedTask>* tasks, std::vector<NetworkInput> inputs) {
  for (size_t i = 0; i < inputs.size(); ++i) (*tasks)[i].task.input = std::move(inputs[i]);
}

// What `function` returns; if it throws, UNAVAILABLE.
template <typename Function>
auto WithoutExceptions(const Function& function) -> decltype(function()) {
  try {
    return function();
  } catch (const std::exception& error) {
    return absl::UnavailableError(std::string("the replica threw: ") + error.what());
  } catch (...) {
    return absl::UnavailableError("the replica threw");
  }
}

}  // namespace

ReplicaPool::ReplicaPool(Batcher& batcher, std::vector<Replica> replicas, Clock& clock,
                         BatchObserver& observer)
    : batcher_(batcher), replicas_(std::move(replicas)), clock_(clock), observer_(observer) {
  for (size_t i = 0; i < replicas_.size(); ++i) {
    threads_.emplace_back([this, i] { Serve(static_cast<int>(i)); });
  }
}

ReplicaPool::~ReplicaPool() {
  batcher_.Close();
  for (std::thread& thread : threads_) thread.join();
}

void ReplicaPool::Serve(int index) {
  pthread_setname_np(pthread_self(), ("replica-" + std::to_string(index)).c_str());
  absl::Status status = Start(index);
  if (!status.ok() && !Lose(index, {}, status)) return;
  while (std::optional<Batch> batch = batcher_.Take(index)) {
    status = Run(index, &*batch);
    if (!status.ok() && !Lose(index, std::move(batch->tasks), status)) return;
  }
}

absl::Status ReplicaPool::Start(int index) const {
  if (!replicas_[index].start) return absl::OkStatus();
  return WithoutExceptions([&] {
    replicas_[index].start();
    return absl::OkStatus();
  });
}

bool ReplicaPool::Lose(int index, std::vector<QueuedTask> tasks, const absl::Status& cause) {
  const bool others = batcher_.Lose(index, std::move(tasks));
  if (replicas_[index].lost) replicas_[index].lost(cause);
  return !others;
}

absl::Status ReplicaPool::Run(int index, Batch* batch) {
  std::vector<NetworkInput> inputs = MoveInputsFrom(&batch->tasks);
  Attempt attempt = Encode(index, *batch, inputs);
  const absl::Status status = attempt.features.status();
  const bool again = !status.ok() && batch->tasks.size() > 1;
  if (attempt.lost || again) MoveInputsTo(&batch->tasks, std::move(inputs));
  if (attempt.lost) return status;
  if (again) {
    if (absl::IsResourceExhausted(status))
      batcher_.OutOfMemory(batch->shape, static_cast<int>(batch->tasks.size()));
    return RunOneByOne(index, batch);
  }
  Answer(index, batch, std::move(attempt));
  return absl::OkStatus();
}

absl::Status ReplicaPool::RunOneByOne(int index, Batch* batch) {
  std::reverse(batch->tasks.begin(), batch->tasks.end());
  while (!batch->tasks.empty()) {
    Batch one = {batch->shape, DispatchReason::kAlone, batch->taken, batch->share, {}};
    one.tasks.push_back(std::move(batch->tasks.back()));
    batch->tasks.pop_back();
    if (batcher_.DropIfUnwanted(one.tasks.front(), index)) continue;
    observer_.OnDispatched(one.reason, 1);
    if (absl::Status status = Run(index, &one); !status.ok()) {
      batch->tasks.push_back(std::move(one.tasks.front()));
      return status;
    }
  }
  return absl::OkStatus();
}

void ReplicaPool::Answer(int index, Batch* batch, Attempt attempt) {
  EncodeTimes times;
  times.encoder_seconds = attempt.seconds;
  times.batch_size = static_cast<int>(batch->tasks.size());
  times.replica = index;
  times.reason = batch->reason;
  for (size_t i = 0; i < batch->tasks.size(); ++i) {
    QueuedTask& task = batch->tasks[i];
    times.queue_seconds = ToSeconds(batch->taken - task.submitted);
    if (attempt.features.ok()) {
      batcher_.Answer(std::move(task), std::move((*attempt.features)[i]), times);
    } else {
      batcher_.Answer(std::move(task), attempt.features.status(), times);
    }
  }
}

ReplicaPool::Attempt ReplicaPool::Encode(int index, const Batch& batch,
                                         const std::vector<NetworkInput>& inputs) {
  const Replica& replica = replicas_[index];
  const int size = static_cast<int>(inputs.size());
  const Clock::TimePoint begun = clock_.Now();
  Attempt attempt;
  attempt.features = WithoutExceptions([&] { return replica.encode(inputs, batch.share); });
  attempt.seconds = ToSeconds(clock_.Now() - begun);
  if (attempt.features.ok() && attempt.features->size() != inputs.size()) {
    attempt.features =
        absl::InternalError("the encoder returned " + std::to_string(attempt.features->size()) +
                            " results for " + std::to_string(size) + " inputs");
  }
  const absl::Status& status = attempt.features.status();
  observer_.OnEncoded(index, size, attempt.seconds, status);
  if (status.ok()) {
    batcher_.Measured(batch.shape, batch.share, size, attempt.seconds);
  } else {
    attempt.lost = absl::IsUnavailable(status) || !Alive(index);
  }
  return attempt;
}

bool ReplicaPool::Alive(int index) const {
  if (!replicas_[index].alive) return true;
  return WithoutExceptions([&] {
           return replicas_[index].alive() ? absl::OkStatus() : absl::UnavailableError("not alive");
         })
      .ok();
}

}  // namespace pixelclip
