#ifndef PIXELCLIP_SERVER_ENCODE_TASK_H_
#define PIXELCLIP_SERVER_ENCODE_TASK_H_

#include <cstdint>
#include <functional>
#include <limits>
#include <tuple>

#include "absl/status/statusor.h"
#include "core/features.h"
#include "server/batch_observer.h"
#include "server/clock.h"

// What goes into the batcher, and what comes back.
namespace pixelclip {

// Of a NetworkInput; inputs of one shape can share a batch. Shapes come from the model, or from requests in
// the coarse steps of core/input_options.h, so there are few.
struct InputShape {
  int height = 0;
  int width = 0;

  friend bool operator<(const InputShape& a, const InputShape& b) {
    return std::tie(a.height, a.width) < std::tie(b.height, b.width);
  }
  friend bool operator==(const InputShape& a, const InputShape& b) {
    return a.height == b.height && a.width == b.width;
  }
};

enum class Priority { kLow, kNormal, kHigh };

// What all tasks of one reservation have in common.
struct CallTerms {
  // Of every task's input.
  InputShape shape;

  // Reservations with the same number take turns with those of others as if they were one: the pictures of a
  // stream, say.
  uint64_t call = 0;

  Priority priority = Priority::kNormal;

  // By when the features are of use: the caller's own deadline, less the time that it needs for them
  // afterwards.
  Clock::TimePoint deadline = Clock::kNever;

  // How long the caller is likely to take until it submits its first task. Seconds.
  double prepare_seconds = 0;

  // The caller promises to have at most so many tasks submitted and not yet done. It then takes no more
  // places in the queue, however many tasks it has: a picture of a thousand tiles leaves room for others.
  int window = std::numeric_limits<int>::max();
};

// How one task fared.
struct EncodeTimes {
  // From Submit until a replica took it.
  double queue_seconds = 0;
  // The encoder's run that made the result, shared with the rest of its batch. 0 if it never ran.
  double encoder_seconds = 0;
  // Tasks in that run; 0 if it never ran.
  int batch_size = 0;
  int replica = 0;
  DispatchReason reason = DispatchReason::kIdle;
};

// One picture, or one tile of a picture, to encode.
struct EncodeTask {
  NetworkInput input;

  // Whether the caller has gone. May be empty. Called often, under the batcher's lock: it must be quick, must
  // not throw and must not call the batcher.
  std::function<bool()> abandoned;

  // Called exactly once, on a replica's thread and without a lock. The replica waits for it: hand the result
  // over and return. Must not throw. Apart from the encoder's own errors, it may get
  //   DEADLINE_EXCEEDED, CANCELLED  the deadline passed, or the caller left, before the encoder ran
  //   RESOURCE_EXHAUSTED            not enough memory, even for this item alone
  //   UNAVAILABLE                   no replica is left, or two were lost with it
  std::function<void(absl::StatusOr<DenseFeatures>, const EncodeTimes&)> done;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_SERVER_ENCODE_TASK_H_
