#ifndef PIXELCLIP_SERVER_SERVICE_H_
#define PIXELCLIP_SERVER_SERVICE_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include "pixelclip/v1/segmentation.grpc.pb.h"
#include "server/server_state.h"

namespace pixelclip {

// The methods of pixelclip.v1.Segmentation. Nothing here waits: a call is handed to the class that sees it
// through (UnaryCall, StreamCall), and gRPC's thread goes on.
//
// gRPC calls it from many threads. `state` must outlive it.
class SegmentationService final : public v1::Segmentation::CallbackService {
 public:
  explicit SegmentationService(ServerState& state) : state_(state) {}

  grpc::ServerUnaryReactor* Segment(grpc::CallbackServerContext* context, const v1::SegmentRequest* request,
                                    v1::SegmentResponse* response) override;
  grpc::ServerBidiReactor<v1::SegmentStreamRequest, v1::SegmentStreamResponse>* SegmentStream(
      grpc::CallbackServerContext* context) override;
  grpc::ServerUnaryReactor* RegisterVocabulary(grpc::CallbackServerContext* context,
                                               const v1::RegisterVocabularyRequest* request,
                                               v1::RegisterVocabularyResponse* response) override;
  grpc::ServerUnaryReactor* ListModels(grpc::CallbackServerContext* context,
                                       const v1::ListModelsRequest* request,
                                       v1::ListModelsResponse* response) override;

 private:
  absl::Status KeepVocabulary(const ServedModel& model, const v1::Vocabulary& sent,
                              v1::RegisterVocabularyResponse* response);

  ServerState& state_;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_SERVER_SERVICE_H_
