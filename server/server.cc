#include "server/server.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>

#include <chrono>

#include "absl/strings/str_cat.h"
#include "grpc/health/v1/health.pb.h"

namespace pixelclip {
namespace {

// gRPC's own threads, beside those of the calls in progress.
constexpr int kPollingThreads = 4;

}  // namespace

Server::Server(const ModelRegistry& models, const ServerSettings& settings)
    : settings_(settings), service_(models, settings) {}

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const ModelRegistry& models,
                                                      const ServerSettings& settings) {
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  // gRPC answers health checks without a description of them; this links ours in, for reflection to show.
  google::protobuf::LinkMessageReflection<grpc::health::v1::HealthCheckRequest>();

  std::unique_ptr<Server> server(new Server(models, settings));
  grpc::ResourceQuota quota("pixelclip");
  quota.SetMaxThreads(settings.max_concurrent_calls + kPollingThreads);
  int port = 0;
  grpc::ServerBuilder builder;
  builder.SetResourceQuota(quota);
  builder.SetMaxReceiveMessageSize(settings.max_request_bytes);
  // Without this, a second server on the same port would silently share its calls.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddListeningPort(settings.listen, grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&server->service_);
  server->grpc_ = builder.BuildAndStart();
  if (server->grpc_ == nullptr || port == 0) {
    return absl::UnavailableError(absl::StrCat("cannot listen on ", settings.listen,
                                               ": is the address right, and the port free and permitted?"));
  }
  server->address_ = absl::StrCat(settings.listen.substr(0, settings.listen.rfind(':')), ":", port);
  server->grpc_->GetHealthCheckService()->SetServingStatus(v1::Segmentation::service_full_name(), true);
  return server;
}

void Server::Shutdown() {
  grpc_->GetHealthCheckService()->Shutdown();
  const auto limit = std::chrono::duration_cast<std::chrono::system_clock::duration>(
      std::chrono::duration<double>(settings_.drain_seconds));
  grpc_->Shutdown(std::chrono::system_clock::now() + limit);
}

}  // namespace pixelclip
