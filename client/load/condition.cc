#include "client/load/condition.h"

#include <cmath>
#include <functional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace pixelclip {
namespace {

using Measure = std::function<double(const LoadStats&)>;

Measure Quantile(double share) {
  return [share](const LoadStats& stats) { return stats.accepted.Quantile(share); };
}

double ShareOfDue(const LoadStats& stats, int64_t calls) {
  const int64_t due = stats.sent + stats.unsent;
  return due == 0 ? 0 : static_cast<double>(calls) / static_cast<double>(due);
}

Measure Share(Outcome outcome) {
  return [outcome](const LoadStats& stats) { return ShareOfDue(stats, stats.Of(outcome).count()); };
}

const std::vector<std::pair<std::string, Measure>>& Measures() {
  static const auto& measures = *new std::vector<std::pair<std::string, Measure>>{
      {"throughput", [](const LoadStats& stats) { return stats.Throughput(); }},
      {"goodput", [](const LoadStats& stats) { return stats.Goodput(); }},
      {"mean", [](const LoadStats& stats) { return stats.accepted.mean(); }},
      {"p50", Quantile(0.5)},
      {"p90", Quantile(0.9)},
      {"p95", Quantile(0.95)},
      {"p99", Quantile(0.99)},
      {"p99.9", Quantile(0.999)},
      {"max", Quantile(1)},
      {"refused", Share(Outcome::kRefused)},
      {"expired", Share(Outcome::kExpired)},
      {"failed", Share(Outcome::kFailed)},
      {"unsent", [](const LoadStats& stats) { return ShareOfDue(stats, stats.unsent); }}};
  return measures;
}

}  // namespace

bool Condition::Holds(const LoadStats& stats) const {
  for (const auto& [name, measure] : Measures()) {
    if (name != metric) continue;
    return fails_above ? measure(stats) > limit : measure(stats) < limit;
  }
  return false;
}

const std::vector<std::string>& ConditionMetrics() {
  static const auto& names = *[] {
    auto* all = new std::vector<std::string>;
    for (const auto& [name, measure] : Measures()) all->push_back(name);
    return all;
  }();
  return names;
}

absl::StatusOr<Condition> ParseCondition(std::string_view text) {
  const size_t sign = text.find_first_of("<>");
  if (sign == std::string_view::npos) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", std::string(text), "\" is not METRIC>VALUE or METRIC<VALUE"));
  }
  Condition condition;
  condition.text = std::string(text);
  condition.metric = std::string(text.substr(0, sign));
  condition.fails_above = text[sign] == '>';
  const std::string value(text.substr(sign + 1));
  if (!absl::SimpleAtod(value, &condition.limit) || std::isnan(condition.limit)) {
    return absl::InvalidArgumentError(absl::StrCat("\"", value, "\" is no number"));
  }
  for (const std::string& name : ConditionMetrics()) {
    if (name == condition.metric) return condition;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("\"", condition.metric, "\" is none of ", absl::StrJoin(ConditionMetrics(), ", ")));
}

}  // namespace pixelclip
