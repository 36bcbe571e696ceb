#include "server/admin_service.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "core/field_error.h"
#include "core/stopwatch.h"
#include "server/call_record.h"
#include "server/log.h"
#include "server/model_info.h"
#include "server/model_loader.h"

namespace pixelclip {
namespace {

// A name is a label of hundreds of metrics.
constexpr size_t kMaxNameBytes = 128;

}  // namespace

grpc::ServerUnaryReactor* AdminService::LoadModel(grpc::CallbackServerContext* context,
                                                  const v1::LoadModelRequest* request,
                                                  v1::LoadModelResponse* response) {
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  const auto record = std::make_shared<CallRecord>(state_, *context, CallRecord::kModelAdmin, "LoadModel");
  if (const absl::Status admitted = record->Admit(); !admitted.ok()) {
    reactor->Finish(record->End(admitted));
    return reactor;
  }
  loader_.Post(WorkPool::Lane::kBegin, [this, reactor, record, request, response] {
    reactor->Finish(record->End(Load(*request, response)));
  });
  return reactor;
}

grpc::ServerUnaryReactor* AdminService::UnloadModel(grpc::CallbackServerContext* context,
                                                    const v1::UnloadModelRequest* request,
                                                    v1::UnloadModelResponse*) {
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  CallRecord record(state_, *context, CallRecord::kModelAdmin, "UnloadModel");
  absl::Status status = record.Admit();
  if (status.ok()) status = Unload(*request);
  reactor->Finish(record.End(status));
  return reactor;
}

absl::Status AdminService::Load(const v1::LoadModelRequest& request, v1::LoadModelResponse* response) {
  if (request.name().empty()) return FieldError("name", "required");
  if (request.name().size() > kMaxNameBytes) {
    return FieldError("name", absl::StrCat("has ", request.name().size(), " bytes; at most ", kMaxNameBytes,
                                           " are allowed"));
  }
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
