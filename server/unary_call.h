#ifndef PIXELCLIP_SERVER_UNARY_CALL_H_
#define PIXELCLIP_SERVER_UNARY_CALL_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include "absl/status/statusor.h"
#include "server/call_record.h"
#include "server/call_settings.h"
#include "server/segment_job.h"

namespace pixelclip {

// A call of Segment: one job. Deletes itself when gRPC has done with it.
class UnaryCall : public grpc::ServerUnaryReactor {
 public:
  // Lets go of the request's bytes.
  UnaryCall(ServerState& state, grpc::CallbackServerContext& context, grpc::ByteBuffer& request,
            grpc::ByteBuffer* response);

  void OnCancel() override { caller_.gone->store(true); }
  void OnDone() override { delete this; }

 private:
  absl::StatusOr<CallSettings> Read(grpc::ByteBuffer& request);
  void End(const absl::Status& status);

  ServerState& state_;
  CallRecord record_;
  Caller caller_;
  v1::SegmentRequest request_;
  v1::SegmentResponse response_;
  grpc::ByteBuffer* const written_response_;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_SERVER_UNARY_CALL_H_
