#include "client/load/load_stats.h"

#include "absl/status/status.h"

namespace pixelclip {
namespace {

// A server may send any number.
grpc::StatusCode KnownCode(const grpc::Status& status) {
  const grpc::StatusCode code = status.error_code();
  const bool known = code >= grpc::StatusCode::OK && code <= grpc::StatusCode::UNAUTHENTICATED;
  return known ? code : grpc::StatusCode::UNKNOWN;
}

}  // namespace

Outcome OutcomeOf(const Answer& answer) {
  if (answer.status.ok()) return Outcome::kAnswered;
  if (answer.pushback_milliseconds.has_value()) return Outcome::kRefused;
  switch (answer.status.error_code()) {
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
      return Outcome::kRefused;
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return Outcome::kExpired;
    default:
      return Outcome::kFailed;
  }
}

std::string CodeName(grpc::StatusCode code) {
  return absl::StatusCodeToString(static_cast<absl::StatusCode>(code));
}

void LoadStats::Add(const Answer& answer, double latency_seconds, double timeout_seconds) {
  const Outcome outcome = OutcomeOf(answer);
  outcomes[static_cast<int>(outcome)].Add(latency_seconds);
  if (outcome != Outcome::kRefused) accepted.Add(latency_seconds);

  OfCode& of_code = codes[KnownCode(answer.status)];
  if (of_code.latency.count() == 0) of_code.first_message = answer.status.error_message();
  of_code.latency.Add(latency_seconds);

  if (answer.pushback_milliseconds.has_value()) {
    if (*answer.pushback_milliseconds < 0) {
      ++pushback_never;
    } else {
      pushback.Add(static_cast<double>(*answer.pushback_milliseconds) * 1e-3);
    }
  }
  if (outcome != Outcome::kAnswered) return;

  if (latency_seconds > timeout_seconds) ++late;
  bytes_received += static_cast<int64_t>(answer.response.ByteSizeLong());
  const v1::StageTimes& seconds = answer.response.seconds();
  const std::array<double, kStages.size()> of_stage = {
      seconds.decode(),  seconds.preprocess(), seconds.queue(),  seconds.text(),
      seconds.encoder(), seconds.classify(),   seconds.encode(), seconds.total()};
  for (size_t i = 0; i < of_stage.size(); ++i) stages[i].Add(of_stage[i]);
}

}  // namespace pixelclip
