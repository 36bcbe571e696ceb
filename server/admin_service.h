#ifndef PIXELCLIP_SERVER_ADMIN_SERVICE_H_
#define PIXELCLIP_SERVER_ADMIN_SERVICE_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include "absl/status/status.h"
#include "pixelclip/v1/model_admin.grpc.pb.h"
#include "server/server_state.h"
#include "server/work_pool.h"

namespace pixelclip {

// The methods of pixelclip.v1.ModelAdmin. Models are loaded one after the other, on a thread of the service's
// own. `state` must outlive it.
class AdminService final : public v1::ModelAdmin::CallbackService {
 public:
  explicit AdminService(ServerState& state) : state_(state), loader_(1) {}

  grpc::ServerUnaryReactor* LoadModel(grpc::CallbackServerContext* context,
                                      const v1::LoadModelRequest* request,
                                      v1::LoadModelResponse* response) override;
  grpc::ServerUnaryReactor* UnloadModel(grpc::CallbackServerContext* context,
                                        const v1::UnloadModelRequest* request,
                                        v1::UnloadModelResponse* response) override;

 private:
  absl::Status Load(const v1::LoadModelRequest& request, v1::LoadModelResponse* response);
  absl::Status Unload(const v1::UnloadModelRequest& request);

  ServerState& state_;
  WorkPool loader_;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_SERVER_ADMIN_SERVICE_H_
