#ifndef PIXELCLIP_SERVER_UNARY_CALL_H_
#define PIXELCLIP_SERVER_UNARY_CALL_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include "server/call_record.h"
#include "server/segment_job.h"

namespace pixelclip {

// A call of Segment: one job. Deletes itself when gRPC has done with it.
class UnaryCall : public grpc::ServerUnaryReactor {
 public:
  UnaryCall(ServerState& state, grpc::CallbackServerContext& context, const v1::SegmentRequest& request,
            v1::SegmentResponse* response);

  void OnCancel() override { caller_.gone->store(true); }
  void OnDone() override { delete this; }

 private:
  void End(const absl::Status& status);

  CallRecord record_;
  const v1::SegmentRequest& request_;
  v1::SegmentResponse* const response_;
  Caller caller_;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_SERVER_UNARY_CALL_H_
