#include "client/load/report.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/table.h"

namespace pixelclip {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<const char*, kOutcomes> kOutcomeNames = {"answered", "refused", "expired", "failed"};

struct NamedQuantile {
  const char* name;
  double share;
};
constexpr NamedQuantile kQuantiles[] = {{"p50", 0.5},  {"p90", 0.9},     {"p95", 0.95},
                                        {"p99", 0.99}, {"p99.9", 0.999}, {"max", 1}};

std::string Milliseconds(double seconds) {
  const double milliseconds = seconds * 1e3;
  return absl::StrFormat(milliseconds < 10 ? "%.2f" : milliseconds < 1000 ? "%.1f" : "%.0f", milliseconds);
}

std::string Megabytes(int64_t bytes) { return absl::StrFormat("%.1f MB", static_cast<double>(bytes) * 1e-6); }

// "calls", "mean", "p50", ... in milliseconds.
std::vector<Table::Column> LatencyColumns(const std::string& heading) {
  std::vector<Table::Column> columns = {
      {heading, Table::Align::kLeft}, {"calls", Table::Align::kRight}, {"mean ms", Table::Align::kRight}};
  for (const NamedQuantile& quantile : kQuantiles) columns.push_back({quantile.name, Table::Align::kRight});
  return columns;
}

std::vector<std::string> LatencyCells(const std::string& name, const Histogram& latency) {
  std::vector<std::string> cells = {name, absl::StrCat(latency.count())};
  if (latency.count() == 0) return cells;
  cells.push_back(Milliseconds(latency.mean()));
  for (const NamedQuantile& quantile : kQuantiles)
    cells.push_back(Milliseconds(latency.Quantile(quantile.share)));
  return cells;
}

Json SummaryToJson(const Histogram& histogram) {
  Json json = {{"count", histogram.count()}, {"mean", histogram.mean()}, {"min", histogram.min()}};
  for (const NamedQuantile& quantile : kQuantiles) json[quantile.name] = histogram.Quantile(quantile.share);
  return json;
}

Json HistogramToJson(const Histogram& histogram) {
  Json json = SummaryToJson(histogram);
  json["buckets"] = Json::array();
  for (const Histogram::Bucket& bucket : histogram.Buckets()) {
    json["buckets"].push_back({bucket.upper_seconds, bucket.count});
  }
  return json;
}

std::string FormatRates(const LoadStats& stats) {
  std::string text =
      absl::StrFormat("%-12s%.2f/s in %.1f s\n", "throughput", stats.Throughput(), stats.window_seconds);
  absl::StrAppendFormat(&text, "%-12s%.2f/s answered in time\n", "goodput", stats.Goodput());
  absl::StrAppendFormat(&text, "%-12s%d", "calls", stats.sent);
  if (stats.unsent > 0) absl::StrAppendFormat(&text, ", and %d not sent: too many in flight", stats.unsent);
  if (stats.late > 0) absl::StrAppendFormat(&text, ", %d answered too late", stats.late);
  absl::StrAppendFormat(&text, "\n%-12s%s out, %s in\n", "messages", Megabytes(stats.bytes_sent),
                        Megabytes(stats.bytes_received));
  absl::StrAppendFormat(&text, "%-12sp99 %s ms, max %s ms after the calls were due\n", "sent",
                        Milliseconds(stats.send_delay.Quantile(0.99)), Milliseconds(stats.send_delay.max()));
  if (stats.pushback.count() > 0 || stats.pushback_never > 0) {
    absl::StrAppendFormat(&text, "%-12s%d answers: try again after %s to %s ms", "pushback",
                          stats.pushback.count() + stats.pushback_never, Milliseconds(stats.pushback.min()),
                          Milliseconds(stats.pushback.max()));
    if (stats.pushback_never > 0) absl::StrAppendFormat(&text, "; %d: do not", stats.pushback_never);
    text += "\n";
  }
  return text;
}

std::string FormatLatencies(const LoadStats& stats, int columns) {
  Table table(LatencyColumns("latency"));
  for (int i = 0; i < kOutcomes; ++i) table.AddRow(LatencyCells(kOutcomeNames[i], stats.outcomes[i]));
  table.AddRow(LatencyCells("accepted", stats.accepted));
  return table.Format(columns);
}

std::string FormatErrors(const LoadStats& stats, int columns) {
  Table table({{"code", Table::Align::kLeft},
               {"calls", Table::Align::kRight},
               {"p50 ms", Table::Align::kRight},
               {"p99", Table::Align::kRight},
               {"first message", Table::Align::kLeft}});
  for (const auto& [code, of_code] : stats.codes) {
    table.AddRow({CodeName(code), absl::StrCat(of_code.latency.count()),
                  Milliseconds(of_code.latency.Quantile(0.5)), Milliseconds(of_code.latency.Quantile(0.99)),
                  of_code.first_message});
  }
  return table.Format(columns);
}

std::string FormatStages(const LoadStats& stats, int columns) {
  Table table(LatencyColumns("server's stage"));
  for (size_t i = 0; i < kStages.size(); ++i) table.AddRow(LatencyCells(kStages[i], stats.stages[i]));
  return table.Format(columns);
}

}  // namespace

std::string FormatReport(const LoadStats& stats, int columns) {
  std::string text =
      FormatRates(stats) + "\n" + FormatLatencies(stats, columns) + "\n" + FormatErrors(stats, columns);
  if (stats.Of(Outcome::kAnswered).count() > 0) text += "\n" + FormatStages(stats, columns);
  return text;
}

Json StatsToJson(const LoadStats& stats) {
  Json json = {{"window_seconds", stats.window_seconds},
               {"throughput", stats.Throughput()},
               {"goodput", stats.Goodput()},
               {"calls",
                {{"sent", stats.sent},
                 {"unsent", stats.unsent},
                 {"late", stats.late},
                 {"accepted", stats.accepted.count()}}},
               {"bytes", {{"sent", stats.bytes_sent}, {"received", stats.bytes_received}}}};
  for (int i = 0; i < kOutcomes; ++i) json["calls"][kOutcomeNames[i]] = stats.outcomes[i].count();
  json["pushback_seconds"] = SummaryToJson(stats.pushback);
  json["pushback_never"] = stats.pushback_never;
  json["send_delay_seconds"] = SummaryToJson(stats.send_delay);
  json["latency_seconds"]["accepted"] = HistogramToJson(stats.accepted);
  for (int i = 0; i < kOutcomes; ++i) {
    json["latency_seconds"][kOutcomeNames[i]] = HistogramToJson(stats.outcomes[i]);
  }
  json["codes"] = Json::object();
  for (const auto& [code, of_code] : stats.codes) {
    Json& entry = json["codes"][CodeName(code)];
    entry = SummaryToJson(of_code.latency);
    entry["first_message"] = of_code.first_message;
  }
  for (size_t i = 0; i < kStages.size(); ++i)
    json["stage_seconds"][kStages[i]] = SummaryToJson(stats.stages[i]);
  return json;
}

}  // namespace pixelclip
