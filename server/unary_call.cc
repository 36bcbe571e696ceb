#include "server/unary_call.h"

#include <memory>
#include <utility>

#include "server/wire.h"

namespace pixelclip {

UnaryCall::UnaryCall(ServerState& state, grpc::CallbackServerContext& context, grpc::ByteBuffer& request,
                     grpc::ByteBuffer* response)
    : state_(state),
      record_(state, context, CallRecord::kSegmentation, "Segment"),
      caller_(CallerOf(context)),
      written_response_(response) {
  response_.set_request_id(record_.request_id());
  absl::StatusOr<CallSettings> settings = Read(request);
  if (!settings.ok()) {
    End(settings.status());
    return;
  }
  SegmentJob::Start(state, std::make_shared<const CallSettings>(*std::move(settings)), request_.image(),
                    caller_, &response_, [this](const absl::Status& status) { End(status); });
}

absl::StatusOr<CallSettings> UnaryCall::Read(grpc::ByteBuffer& request) {
  absl::Status good = record_.Admit();
  if (good.ok()) good = CheckRequestBytes(request.Length(), state_.settings.max_request_bytes);
  if (good.ok()) good = ReadMessage(request, &request_);
  if (!good.ok()) return good;
  return ReadSettings(request_, state_);
}

void UnaryCall::End(const absl::Status& status) {
  response_.mutable_seconds()->set_total(record_.seconds());
  if (status.ok()) *written_response_ = WriteMessage(response_);
  Finish(record_.End(status, {{"classes", request_.vocabulary().classes_size()},
                              {"width", response_.width()},
                              {"height", response_.height()}}));
}

}  // namespace pixelclip
