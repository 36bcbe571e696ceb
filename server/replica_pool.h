#ifndef PIXELCLIP_SERVER_REPLICA_POOL_H_
#define PIXELCLIP_SERVER_REPLICA_POOL_H_

#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/features.h"
#include "server/batch_observer.h"
#include "server/batcher.h"
#include "server/clock.h"
#include "server/device_thread.h"

namespace pixelclip {

// The replicas of one model: each has a thread, takes batches from the batcher, runs its encoder and answers.
//
// A batch that fails is run again item by item, and each item gets its own status. A replica is lost if its
// encoder returns UNAVAILABLE or throws, if it fails and `alive` says no, or if either has not returned
// within `limit`: its items go back to the queue for others. Without any replica left, all items get
// UNAVAILABLE.
//
// The threads are named "replica-0", "replica-1" and so on, as `top -H` shows them. Where there is a limit,
// the encoder runs on another one, "device-0", so that somebody is left to answer.
class ReplicaPool {
 public:
  struct Replica {
    // One result for each input, in order; `share` is Batch's. Always on the same thread.
    std::function<absl::StatusOr<std::vector<DenseFeatures>>(const std::vector<NetworkInput>&, int share)>
        encode;

    // Asked when `encode` has failed, on its thread: can the device be used again? May be empty: yes.
    std::function<bool()> alive;

    // Told why, once the replica is lost and others have its items. May be empty. Must not throw.
    std::function<void(const absl::Status& cause)> lost;

    // How long `encode` and `alive` may take before the device is taken to hang. They must own what they
    // touch, as one that hangs goes on for longer than the pool lives. None: for ever.
    std::optional<Clock::Duration> limit;
  };

  // REQUIRES: as many replicas as `batcher` expects. `batcher`, `clock` and `observer` must outlive the pool.
  ReplicaPool(Batcher& batcher, std::vector<Replica> replicas, Clock& clock, BatchObserver& observer);

  // Closes the batcher and returns when all that was accepted is done. Waits for reservations to be used or
  // dropped, but not for a device that hangs.
  ~ReplicaPool();

  ReplicaPool(const ReplicaPool&) = delete;
  ReplicaPool& operator=(const ReplicaPool&) = delete;

 private:
  struct Attempt {
    absl::StatusOr<std::vector<DenseFeatures>> features;
    double seconds = 0;
    bool lost = false;  // the replica
  };

  using Inputs = std::shared_ptr<const std::vector<NetworkInput>>;

  // The replica's thread.
  void Serve(int index);

  // Encodes and answers the batch's tasks. An error says why the replica is lost; `batch` then has the tasks
  // that are still to be encoded.
  absl::Status Run(int index, Batch* batch);
  absl::Status RunOneByOne(int index, Batch* batch);

  Attempt Encode(int index, const Batch& batch, const Inputs& inputs);
  bool Alive(int index);
  void Answer(int index, Batch* batch, Attempt attempt);

  // What the function returns. UNAVAILABLE: it threw, or has not returned within the limit.
  template <typename T>
  absl::StatusOr<T> Ask(int index, std::function<absl::StatusOr<T>()> function);

  // Whether the thread is to go on all the same, for the sake of what nobody else would answer.
  bool Lose(int index, std::vector<QueuedTask> tasks, const absl::Status& cause);

  Batcher& batcher_;
  const std::vector<Replica> replicas_;
  Clock& clock_;
  BatchObserver& observer_;
  std::vector<std::unique_ptr<DeviceThread>> devices_;  // null: no limit
  std::vector<std::thread> threads_;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_SERVER_REPLICA_POOL_H_
