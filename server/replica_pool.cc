#include "server/replica_pool.h"

#include <pthread.h>

#include <algorithm>
#include <exception>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace pixelclip {
namespace {

std::vector<NetworkInput> MoveInputsFrom(std::vector<QueuedTask>* tasks) {
  std::vector<NetworkInput> inputs;
  inputs.reserve(tasks->size());
  for (QueuedTask& task : *tasks) inputs.push_back(std::move(task.task.input));
  return inputs;
}

// A device that hangs may be reading its own yet.
void CopyInputsTo(std::vector<QueuedTask>* tasks, const std::vector<NetworkInput>& inputs) {
  for (size_t i = 0; i < inputs.size(); ++i) (*tasks)[i].task.input = inputs[i];
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
  for (const Replica& replica : replicas_) {
    const std::string name = absl::StrCat("device-", devices_.size());
    devices_.push_back(replica.limit ? std::make_unique<DeviceThread>(name) : nullptr);
  }
  for (size_t i = 0; i < replicas_.size(); ++i)
    threads_.emplace_back([this, i] { Serve(static_cast<int>(i)); });
}

ReplicaPool::~ReplicaPool() {
  batcher_.Close();
  for (std::thread& thread : threads_) thread.join();
}

void ReplicaPool::Serve(int index) {
  pthread_setname_np(pthread_self(), absl::StrCat("replica-", index).c_str());
  while (std::optional<Batch> batch = batcher_.Take(index)) {
    const absl::Status status = Run(index, &*batch);
    if (!status.ok() && !Lose(index, std::move(batch->tasks), status)) return;
  }
}

bool ReplicaPool::Lose(int index, std::vector<QueuedTask> tasks, const absl::Status& cause) {
  const bool others = batcher_.Lose(index, std::move(tasks));
  if (replicas_[index].lost) replicas_[index].lost(cause);
  return !others;
}

absl::Status ReplicaPool::Run(int index, Batch* batch) {
  const auto inputs = std::make_shared<const std::vector<NetworkInput>>(MoveInputsFrom(&batch->tasks));
  Attempt attempt = Encode(index, *batch, inputs);
  const absl::Status status = attempt.features.status();
  const bool again = !status.ok() && batch->tasks.size() > 1;
  if (attempt.lost || again) CopyInputsTo(&batch->tasks, *inputs);
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

ReplicaPool::Attempt ReplicaPool::Encode(int index, const Batch& batch, const Inputs& inputs) {
  const int size = static_cast<int>(inputs->size());
  const Clock::TimePoint begun = clock_.Now();
  Attempt attempt;
  attempt.features = Ask<std::vector<DenseFeatures>>(
      index,
      [encode = replicas_[index].encode, inputs, share = batch.share] { return encode(*inputs, share); });
  attempt.seconds = ToSeconds(clock_.Now() - begun);
  if (attempt.features.ok() && attempt.features->size() != inputs->size()) {
    attempt.features = absl::InternalError(
        absl::StrCat("the encoder returned ", attempt.features->size(), " results for ", size, " inputs"));
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

bool ReplicaPool::Alive(int index) {
  const std::function<bool()>& alive = replicas_[index].alive;
  return !alive || Ask<bool>(index, alive).value_or(false);
}

template <typename T>
absl::StatusOr<T> ReplicaPool::Ask(int index, std::function<absl::StatusOr<T>()> function) {
  if (devices_[index] == nullptr) return WithoutExceptions(function);
  const Clock::Duration limit = *replicas_[index].limit;
  const auto answer = std::make_shared<absl::StatusOr<T>>();
  if (devices_[index]->Do([=] { *answer = WithoutExceptions(function); }, clock_, limit))
    return std::move(*answer);
  return absl::UnavailableError(
      absl::StrCat("the device has not answered for ", ToSeconds(limit), " s: it hangs"));
}

}  // namespace pixelclip
