#include "server/retry_after.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "absl/strings/cord.h"

namespace pixelclip {
namespace {

constexpr char kPayload[] = "pixelclip/retry-after-millis";

absl::Status WithMillis(absl::Status status, int64_t millis) {
  status.SetPayload(kPayload, absl::Cord(std::to_string(millis)));
  return status;
}

}  // namespace

absl::Status WithRetryAfter(absl::Status status, double seconds) {
  const double millis = std::clamp(std::ceil(seconds * 1e3), 10.0, 60e3);
  return WithMillis(std::move(status), static_cast<int64_t>(millis));
}

absl::Status WithoutRetry(absl::Status status) { return WithMillis(std::move(status), -1); }

std::optional<int64_t> RetryAfterMillis(const absl::Status& status) {
  const auto payload = status.GetPayload(kPayload);
  if (!payload) return std::nullopt;
  return std::stoll(std::string(*payload));
}

}  // namespace pixelclip
