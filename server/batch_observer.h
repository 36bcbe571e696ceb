#ifndef PIXELCLIP_SERVER_BATCH_OBSERVER_H_
#define PIXELCLIP_SERVER_BATCH_OBSERVER_H_

#include <string_view>

#include "absl/status/status.h"

namespace pixelclip {

// Why a replica began a batch when it did.
enum class DispatchReason {
  kFull,       // As many as memory allows, or as help.
  kIdle,       // The replica was free, and nothing was worth waiting for.
  kDelayOver,  // After a delay that was predicted to pay.
  kDeadline,   // A delay would have paid, but not for the one whose deadline is near.
  kDrained,    // The batcher is closed: no delays.
  kAlone,      // Again by itself, after its batch had failed.
};

// Why Reserve said no.
enum class RefusalReason { kFull, kDeadline, kClosed };

// Why a task was answered without having been encoded.
enum class DropReason {
  kExpired,
  kAbandoned,
  kAborted,       // No replica is left.
  kReplicasLost,  // Two replicas were lost while they had it: it does not get a third.
};

// Words for metric labels.
constexpr std::string_view NameOf(DispatchReason reason) {
  constexpr std::string_view kNames[] = {"full", "idle", "delay_over", "deadline", "drained", "alone"};
  return kNames[static_cast<int>(reason)];
}
constexpr std::string_view NameOf(RefusalReason reason) {
  constexpr std::string_view kNames[] = {"queue_full", "deadline", "closed"};
  return kNames[static_cast<int>(reason)];
}
constexpr std::string_view NameOf(DropReason reason) {
  constexpr std::string_view kNames[] = {"expired", "abandoned", "aborted", "replicas_lost"};
  return kNames[static_cast<int>(reason)];
}

// Is told what the batcher and its replicas do, for metrics. Called from many threads at once, some of them
// holding the batcher's lock: count and return, and do not call the batcher. Must not throw.
//
// There is no figure for padding: inputs of different shapes never share a batch, so it is 0.
class BatchObserver {
 public:
  virtual ~BatchObserver() = default;

  // Tasks in the queue, and tasks reserved that are not there yet.
  virtual void OnQueue(int queued, int reserved) {}
  virtual void OnRefused(RefusalReason reason) {}
  virtual void OnDropped(DropReason reason) {}
  virtual void OnDispatched(DispatchReason reason, int batch_size) {}
  // Once for each task that a replica takes: how long it was queued.
  virtual void OnTaken(double queue_seconds) {}
  // Once for each run of an encoder. The sum of `seconds` is the replica's busy time.
  virtual void OnEncoded(int replica, int batch_size, double seconds, const absl::Status& status) {}
};

}  // namespace pixelclip

#endif  // PIXELCLIP_SERVER_BATCH_OBSERVER_H_
