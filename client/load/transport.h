#ifndef PIXELCLIP_CLIENT_LOAD_TRANSPORT_H_
#define PIXELCLIP_CLIENT_LOAD_TRANSPORT_H_

#include <grpcpp/support/status.h>

#include <cstdint>
#include <optional>

#include "pixelclip/v1/segmentation.pb.h"

namespace pixelclip {

// How one call ended.
struct Answer {
  int64_t call = 0;  // as given to Start
  grpc::Status status;
  v1::SegmentResponse response;  // if status is OK
  // The trailer "grpc-retry-pushback-ms": the server refused, and says when to try again; negative: not at
  // all.
  std::optional<int64_t> pushback_milliseconds;
};

// Carries calls to a server and tells the time. Times are seconds from any fixed start. Used by one thread.
class Transport {
 public:
  virtual ~Transport() = default;

  virtual double Now() const = 0;

  // Begins a call and does not wait. `request` need not outlive this. Every call that was started is answered
  // once, at its deadline at the latest.
  virtual void Start(int64_t call, const v1::SegmentRequest& request, double deadline) = 0;

  // Waits until a call is answered, or else until `until`, which may be infinite. One answer at a time.
  virtual std::optional<Answer> Next(double until) = 0;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_CLIENT_LOAD_TRANSPORT_H_
