#ifndef PIXELCLIP_SERVER_SERVICE_H_
#define PIXELCLIP_SERVER_SERVICE_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include <string>

#include "absl/status/statusor.h"
#include "pixelclip/v1/segmentation.grpc.pb.h"
#include "server/server_state.h"

namespace pixelclip {

// The methods of pixelclip.v1.Segmentation. Nothing here waits: a call is handed to the class that sees it
// through (UnaryCall, StreamCall), and gRPC's thread goes on.
//
// Requests come unparsed: see server/wire.h. gRPC calls it from many threads. `state` must outlive it.
class SegmentationService final
    : public v1::Segmentation::WithRawCallbackMethod_Segment<
          v1::Segmentation::WithRawCallbackMethod_SegmentStream<
              v1::Segmentation::WithRawCallbackMethod_RegisterVocabulary<
                  v1::Segmentation::WithCallbackMethod_ListModels<v1::Segmentation::Service>>>> {
 public:
  explicit SegmentationService(ServerState& state) : state_(state) {}

  grpc::ServerUnaryReactor* Segment(grpc::CallbackServerContext* context, const grpc::ByteBuffer* request,
                                    grpc::ByteBuffer* response) override;
  grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* SegmentStream(
      grpc::CallbackServerContext* context) override;
  grpc::ServerUnaryReactor* RegisterVocabulary(grpc::CallbackServerContext* context,
                                               const grpc::ByteBuffer* request,
                                               grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* ListModels(grpc::CallbackServerContext* context,
                                       const v1::ListModelsRequest* request,
                                       v1::ListModelsResponse* response) override;

 private:
  // Its id.
  absl::StatusOr<std::string> KeepVocabulary(const ServedModel& model, const v1::Vocabulary& sent);

  ServerState& state_;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_SERVER_SERVICE_H_
