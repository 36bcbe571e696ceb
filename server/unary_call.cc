#include "server/unary_call.h"

#include <memory>
#include <utility>

#include "server/call_settings.h"

namespace pixelclip {

UnaryCall::UnaryCall(ServerState& state, grpc::CallbackServerContext& context,
                     const v1::SegmentRequest& request, v1::SegmentResponse* response)
    : record_(state, context, CallRecord::kSegmentation, "Segment"),
      request_(request),
      response_(response),
      caller_(CallerOf(context)) {
  response_->set_request_id(record_.request_id());
  const absl::Status admitted = record_.Admit();
  absl::StatusOr<CallSettings> settings = admitted.ok() ? ReadSettings(request_, state) : admitted;
  if (!settings.ok()) {
    End(settings.status());
    return;
  }
  SegmentJob::Start(state, std::make_shared<const CallSettings>(*std::move(settings)), request_.image(),
                    caller_, response_, [this](const absl::Status& status) { End(status); });
}

void UnaryCall::End(const absl::Status& status) {
  response_->mutable_seconds()->set_total(record_.seconds());
  Finish(record_.End(status, {{"classes", request_.vocabulary().classes_size()},
                              {"width", response_->width()},
                              {"height", response_->height()}}));
}

}  // namespace pixelclip
