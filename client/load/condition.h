#ifndef PIXELCLIP_CLIENT_LOAD_CONDITION_H_
#define PIXELCLIP_CLIENT_LOAD_CONDITION_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "client/load/load_stats.h"

namespace pixelclip {

// What a run is not to be: "p99>0.5", "goodput<30", "failed>0".
struct Condition {
  std::string text;    // as given
  std::string metric;  // one of ConditionMetrics()
  bool fails_above = false;
  double limit = 0;

  bool Holds(const LoadStats& stats) const;
};

// throughput, goodput: a second. mean, p50, p90, p95, p99, p99.9, max: seconds, of the accepted calls.
// refused, expired, failed, unsent: shares, 0 to 1, of all calls that were due.
const std::vector<std::string>& ConditionMetrics();

// INVALID_ARGUMENT that says what is wrong.
absl::StatusOr<Condition> ParseCondition(std::string_view text);

}  // namespace pixelclip

#endif  // PIXELCLIP_CLIENT_LOAD_CONDITION_H_
