#ifndef PIXELCLIP_TRAINER_SCALE_RANK_MONITOR_H_
#define PIXELCLIP_TRAINER_SCALE_RANK_MONITOR_H_

#include <c10/util/intrusive_ptr.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace c10d {
class Store;
}

namespace pixelclip {

// Tells the other ranks through the store that this one is alive, and sees which of them are: a thread writes
// a count to the store at every heartbeat and reads theirs. A transport reports only that a connection broke,
// often with the wrong rank; this says which rank it was. Thread-safe.
class RankMonitor {
 public:
  struct Options {
    int rank = 0;
    int world_size = 1;
    std::chrono::milliseconds heartbeat{1000};
    std::chrono::milliseconds timeout{0};  // for the others' arrival
    std::string store_host;                // who keeps the store, for messages: "rank 0"
  };

  // Returns when all ranks have arrived. UNAVAILABLE names those that have not within the timeout. Talks to
  // the store over a connection of its own, and keeps `store` to the end: on rank 0 it is the server, which
  // must outlive a transport that was given up.
  static absl::StatusOr<std::unique_ptr<RankMonitor>> Start(c10::intrusive_ptr<c10d::Store> store,
                                                            const Options& options);

  // In place of Start, on a rank that cannot take part: the others' Start fails with `reason`,
  // FAILED_PRECONDITION. On rank 0, which may keep the store, returns when they have read it. The errors of
  // Start.
  static absl::Status Decline(c10::intrusive_ptr<c10d::Store> store, const Options& options,
                              const std::string& reason);

  // Leaves word that this rank has ended. After SetEnding and on the rank that keeps the store, waits up to
  // ten heartbeats for the others to have read it.
  ~RankMonitor();
  RankMonitor(const RankMonitor&) = delete;
  RankMonitor& operator=(const RankMonitor&) = delete;

  // Watches for four heartbeats and names the ranks that gave no sign of life, and the last words of those
  // that had some: "rank 2 is lost: no sign of life for 3 heartbeats of 1000 ms". Says so if there is none.
  std::string DescribeLost();

  // What the others will read of this rank after its end: why it gave up.
  void SetEnding(const std::string& reason);

 private:
  class State;
  explicit RankMonitor(std::shared_ptr<State> state);

  // Shared with the thread, which outlives this object if the store never answers it.
  const std::shared_ptr<State> state_;
  std::thread thread_;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_SCALE_RANK_MONITOR_H_
