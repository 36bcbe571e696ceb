#ifndef PIXELCLIP_SERVER_CALLER_H_
#define PIXELCLIP_SERVER_CALLER_H_

#include <grpcpp/server_context.h>

#include <atomic>
#include <cstdint>
#include <memory>

#include "server/clock.h"

namespace pixelclip {

// Who waits for an answer, and how long it is of use.
struct Caller {
  // Different for every call.
  uint64_t id = 0;
  Clock::TimePoint deadline = Clock::kNever;
  // Set when nobody waits any more.
  std::shared_ptr<std::atomic<bool>> gone = std::make_shared<std::atomic<bool>>(false);
};

// The caller behind a context. Setting `gone` is left to the call's reactor.
Caller CallerOf(const grpc::CallbackServerContext& context);

}  // namespace pixelclip

#endif  // PIXELCLIP_SERVER_CALLER_H_
