#ifndef PIXELCLIP_SERVER_RETRY_AFTER_H_
#define PIXELCLIP_SERVER_RETRY_AFTER_H_

#include <cstdint>
#include <optional>

#include "absl/status/status.h"

namespace pixelclip {

// The same status, with the advice to try again after so long (10 ms to one minute; what is outside is moved
// there).
absl::Status WithRetryAfter(absl::Status status, double seconds);

// The same status, with the advice not to try again.
absl::Status WithoutRetry(absl::Status status);

// The advice, in the terms of gRPC's trailer "grpc-retry-pushback-ms": milliseconds, or -1 for "do not".
// Empty if the status carries none.
std::optional<int64_t> RetryAfterMillis(const absl::Status& status);

}  // namespace pixelclip

#endif  // PIXELCLIP_SERVER_RETRY_AFTER_H_
