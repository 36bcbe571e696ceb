#include "server/call_record.h"

#include <optional>

#include "absl/strings/str_cat.h"
#include "core/field_error.h"
#include "server/log.h"
#include "server/request_id.h"
#include "server/retry_after.h"
#include "server/status_map.h"

namespace pixelclip {
namespace {

std::optional<TraceContext> TraceOf(const grpc::ServerContextBase& context) {
  const auto& metadata = context.client_metadata();
  if (metadata.count("traceparent") != 1) return std::nullopt;
  const auto header = metadata.find("traceparent");
  return ParseTraceparent({header->second.data(), header->second.size()});
}

}  // namespace

CallRecord::CallRecord(ServerState& state, grpc::ServerContextBase& context, const std::string& service,
                       std::string_view method)
    : state_(state),
      context_(context),
      method_(method),
      request_id_(RequestId(context)),
      metrics_(state.metrics.StartCall(absl::StrCat("/", service, "/", method_))),
      entered_(state.gate.Enter()) {}

absl::Status CallRecord::Admit() const {
  if (!entered_) return ShuttingDown();
  return state_.tokens->Check(context_);
}

void CallRecord::SendId() {
  context_.AddInitialMetadata("x-request-id", request_id_);
  id_sent_ = true;
}

grpc::Status CallRecord::End(const absl::Status& status, const nlohmann::ordered_json& more) {
  if (!id_sent_ && status.ok()) SendId();
  if (!id_sent_) context_.AddTrailingMetadata("x-request-id", request_id_);
  if (const auto retry_after = RetryAfterMillis(status))
    context_.AddTrailingMetadata("grpc-retry-pushback-ms", absl::StrCat(*retry_after));
  metrics_.Finish(status.code(), seconds());

  const std::string code = absl::StatusCodeToString(status.code());  // "INVALID_ARGUMENT", as gRPC spells it
  nlohmann::ordered_json fields = {
      {"request_id", request_id_}, {"method", method_}, {"code", code}, {"seconds", seconds()}};
  fields.update(more);
  if (const auto trace = TraceOf(context_)) {
    fields["trace_id"] = trace->trace_id;
    fields["span_id"] = trace->span_id;
  }
  // The field only: the message may quote the caller's words.
  if (!status.ok()) fields["field"] = FieldOf(status);
  if (absl::IsInternal(status)) fields["error"] = status.message();
  Log(absl::IsInternal(status) ? LogLevel::kError : LogLevel::kInfo, "call", fields);
  if (entered_) state_.gate.Leave();
  return ToGrpcStatus(status);
}

}  // namespace pixelclip
