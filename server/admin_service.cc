#include "server/admin_service.h"

#include <string>

#include "core/field_error.h"
#include "core/stopwatch.h"
#include "server/log.h"
#include "server/model_info.h"
#include "server/model_loader.h"
#include "server/status_map.h"

namespace pixelclip {

grpc::ServerUnaryReactor* AdminService::LoadModel(grpc::CallbackServerContext* context,
                                                  const v1::LoadModelRequest* request,
                                                  v1::LoadModelResponse* response) {
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  loader_.Post(WorkPool::Lane::kBegin, [this, reactor, context, request, response] {
    absl::Status status = state_.tokens->Check(*context);
    if (status.ok()) status = Load(*request, response);
    reactor->Finish(ToGrpcStatus(status));
  });
  return reactor;
}

grpc::ServerUnaryReactor* AdminService::UnloadModel(grpc::CallbackServerContext* context,
                                                    const v1::UnloadModelRequest* request,
                                                    v1::UnloadModelResponse*) {
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  absl::Status status = state_.tokens->Check(*context);
  if (status.ok()) status = Unload(*request);
  reactor->Finish(ToGrpcStatus(status));
  return reactor;
}

absl::Status AdminService::Load(const v1::LoadModelRequest& request, v1::LoadModelResponse* response) {
  if (request.name().empty()) return FieldError("name", "required");
  if (request.path().empty()) return FieldError("path", "required");
  const Stopwatch stopwatch;
  auto model = pixelclip::LoadModel(request.name(), request.path(), state_);
  if (!model.ok()) {
    Log(LogLevel::kError, "model not loaded",
        {{"name", request.name()}, {"error", model.status().message()}});
    if (absl::IsResourceExhausted(model.status())) return model.status();
    return FieldError("path", std::string(model.status().message()));
  }
  FillModelInfo(**model, response->mutable_model());
  state_.models.Put(*std::move(model), request.make_default());
  response->set_seconds(stopwatch.Total());
  return absl::OkStatus();
}

absl::Status AdminService::Unload(const v1::UnloadModelRequest& request) {
  if (request.name().empty()) return FieldError("name", "required");
  const absl::Status removed = state_.models.Remove(request.name());
  if (removed.ok()) Log(LogLevel::kInfo, "model unloaded", {{"name", request.name()}});
  return removed;
}

}  // namespace pixelclip
