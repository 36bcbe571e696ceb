#include "server/caller.h"

#include <chrono>

namespace pixelclip {

Caller CallerOf(const grpc::CallbackServerContext& context) {
  static std::atomic<uint64_t> next_id{1};
  Caller caller;
  caller.id = next_id++;
  // The system's clock and the steady one meet here. A call without a deadline has one that lies beyond both.
  const auto left = context.deadline() - std::chrono::system_clock::now();
  if (left < std::chrono::hours(24 * 365)) caller.deadline = std::chrono::steady_clock::now() + left;
  return caller;
}

}  // namespace pixelclip
