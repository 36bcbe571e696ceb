#include "server/server.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/server_builder.h>

#include <algorithm>
#include <chrono>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "grpc/health/v1/health.pb.h"
#include "server/log.h"
#include "server/transport_limits.h"

namespace pixelclip {
namespace {

// How often certificates and tokens are looked at.
constexpr auto kReloadInterval = std::chrono::seconds(5);

// Who called within this time may be about to call again.
constexpr auto kRecently = std::chrono::seconds(1);

// For gRPC to end connections.
constexpr auto kClosing = std::chrono::milliseconds(500);

// gRPC refuses larger messages by itself, with a busy server's status, and clients try again what is smaller
// than this: see their retry buffers. So smaller ones are let in, to be told what is wrong.
constexpr int kRetriedBytes = 64 << 20;

std::chrono::system_clock::duration Seconds(double seconds) {
  return std::chrono::duration_cast<std::chrono::system_clock::duration>(
      std::chrono::duration<double>(seconds));
}

absl::StatusOr<std::unique_ptr<grpc::Server>> StartGrpc(const std::string& listen, const ServerState& state,
                                                        TransportSecurity& security,
                                                        const std::vector<grpc::Service*>& services,
                                                        std::string* address) {
  int port = 0;
  grpc::ServerBuilder builder;
  // Messages wait in gRPC's memory until they are whole; this bounds that.
  grpc::ResourceQuota quota("pixelclip");
  quota.Resize(state.settings.max_bytes_in_flight);
  builder.SetResourceQuota(quota);
  builder.SetMaxReceiveMessageSize(std::max(state.settings.max_request_bytes, kRetriedBytes));
  ApplyTransportLimits(builder, state.settings.transport_limits);
  // Without this, a second server on the same port would silently share its calls.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddListeningPort(listen, security.MakeCredentials(), &port);
  for (grpc::Service* service : services) builder.RegisterService(service);
  std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr || port == 0) {
    return absl::UnavailableError(absl::StrCat("cannot listen on ", listen,
                                               ": is the address right, and the port free and permitted?"));
  }
  *address = absl::StrCat(listen.substr(0, listen.rfind(':')), ":", port);
  return server;
}

}  // namespace

Server::Server(ServerState& state, TransportSecurity& security)
    : state_(state), security_(security), service_(state), health_(state.models) {}

absl::StatusOr<std::unique_ptr<Server>> Server::Open(ServerState& state, TransportSecurity& security) {
  std::unique_ptr<Server> server(new Server(state, security));
  if (absl::Status listening = server->ListenForMetrics(); !listening.ok()) return listening;
  return server;
}

absl::Status Server::Serve() {
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  // gRPC answers health checks without a description of them; this links ours in, for reflection to show.
  google::protobuf::LinkMessageReflection<grpc::health::v1::HealthCheckRequest>();

  absl::Status listening = Listen();
  if (listening.ok()) listening = ListenForAdmin();
  if (!listening.ok()) return listening;
  reload_ = std::make_unique<PeriodicTask>(kReloadInterval, [this] {
    security_.Reload();
    state_.tokens->Reload();
  });
  watch_ = std::make_unique<Metrics::Watch>(state_.metrics.AddWatch([this](MetricsReport& report) {
    if (const auto expiry = security_.expiry()) report.certificate_expiry = absl::ToUnixSeconds(*expiry);
  }));
  health_.SetServing(true);
  return absl::OkStatus();
}

absl::Status Server::Listen() {
  auto server = StartGrpc(state_.settings.listen, state_, security_, {&service_}, &address_);
  if (!server.ok()) return server.status();
  grpc_ = *std::move(server);
  health_.Tell(*grpc_->GetHealthCheckService());
  return absl::OkStatus();
}

absl::Status Server::ListenForAdmin() {
  if (state_.settings.admin_listen.empty()) return absl::OkStatus();
  admin_service_ = std::make_unique<AdminService>(state_);
  auto server =
      StartGrpc(state_.settings.admin_listen, state_, security_, {admin_service_.get()}, &admin_address_);
  if (!server.ok()) return server.status();
  admin_ = *std::move(server);
  return absl::OkStatus();
}

absl::Status Server::ListenForMetrics() {
  if (state_.settings.metrics_listen.empty()) return absl::OkStatus();
  MetricsEndpoint::Options options;
  options.listen = state_.settings.metrics_listen;
  options.metrics = [this] { return state_.metrics.Expose(); };
  options.alive = [this] { return health_.alive(); };
  options.ready = [this] { return health_.ready(); };
  auto endpoint = MetricsEndpoint::Start(std::move(options));
  if (!endpoint.ok()) return endpoint.status();
  metrics_ = *std::move(endpoint);
  metrics_address_ = metrics_->address();
  return absl::OkStatus();
}

void Server::Shutdown() {
  health_.SetServing(false);
  std::this_thread::sleep_for(Seconds(state_.settings.drain_delay_seconds));
  state_.gate.CloseAndWait(CallGate::Clock::now() + Seconds(state_.settings.drain_seconds));
  if (CallGate::Clock::now() - state_.gate.last_visit() < kRecently)
    std::this_thread::sleep_for(Seconds(state_.settings.farewell_seconds));
  if (admin_ != nullptr) admin_->Shutdown(std::chrono::system_clock::now() + kClosing);
  grpc_->Shutdown(std::chrono::system_clock::now() + kClosing);
}

}  // namespace pixelclip
