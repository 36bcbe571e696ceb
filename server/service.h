#ifndef PIXELCLIP_SERVER_SERVICE_H_
#define PIXELCLIP_SERVER_SERVICE_H_

#include <grpcpp/server_context.h>

#include <string>

#include "absl/status/status.h"
#include "pixelclip/v1/segmentation.grpc.pb.h"
#include "server/model_registry.h"
#include "server/settings.h"

namespace pixelclip {

// The methods of pixelclip.v1.Segmentation: convert, call the engine, convert back, map the status, log one
// line.
//
// gRPC calls it from many threads. The registry and the settings must outlive it.
class SegmentationService final : public v1::Segmentation::Service {
 public:
  SegmentationService(const ModelRegistry& models, const ServerSettings& settings);

  grpc::Status Segment(grpc::ServerContext* context, const v1::SegmentRequest* request,
                       v1::SegmentResponse* response) override;
  grpc::Status ListModels(grpc::ServerContext* context, const v1::ListModelsRequest* request,
                          v1::ListModelsResponse* response) override;

 private:
  absl::Status SegmentOne(const grpc::ServerContext& context, const v1::SegmentRequest& request,
                          v1::SegmentResponse* response) const;

  const ModelRegistry& models_;
  const ServerSettings& settings_;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_SERVER_SERVICE_H_
