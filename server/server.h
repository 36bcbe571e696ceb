#ifndef PIXELCLIP_SERVER_SERVER_H_
#define PIXELCLIP_SERVER_SERVER_H_

#include <grpcpp/server.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "server/admin_service.h"
#include "server/health.h"
#include "server/metrics_endpoint.h"
#include "server/periodic_task.h"
#include "server/server_state.h"
#include "server/service.h"
#include "server/transport_security.h"

namespace pixelclip {

// A gRPC server: the Segmentation service, gRPC health and reflection; and, where the settings give them an
// address, ModelAdmin and the HTTP endpoint for metrics and probes.
//
// What probes are told, server/health.h says.
class Server {
 public:
  // Opens the HTTP endpoint, which says that the server is alive and not ready. `state` and `security` must
  // outlive the server. UNAVAILABLE if the address cannot be listened on.
  static absl::StatusOr<std::unique_ptr<Server>> Open(ServerState& state, TransportSecurity& security);

  // Takes calls from now on. UNAVAILABLE if an address cannot be listened on. REQUIRES: there is a model;
  // called at most once.
  absl::Status Serve();

  // HOST:PORT with the real port; empty for what is not served, or not yet.
  const std::string& address() const { return address_; }
  const std::string& admin_address() const { return admin_address_; }
  const std::string& metrics_address() const { return metrics_address_; }

  // Reports that it is not ready, goes on for settings.drain_delay_seconds, then accepts no more calls and
  // gives those in progress settings.drain_seconds to finish; cancels the rest. Returns when all have ended.
  // REQUIRES: Serve has succeeded.
  void Shutdown();

 private:
  Server(ServerState& state, TransportSecurity& security);

  absl::Status Listen();
  absl::Status ListenForAdmin();
  absl::Status ListenForMetrics();

  ServerState& state_;
  TransportSecurity& security_;
  SegmentationService service_;
  std::unique_ptr<AdminService> admin_service_;
  std::string address_;
  std::string admin_address_;
  std::string metrics_address_;
  std::unique_ptr<grpc::Server> grpc_;
  std::unique_ptr<grpc::Server> admin_;
  Health health_;
  std::unique_ptr<MetricsEndpoint> metrics_;
  std::unique_ptr<PeriodicTask> reload_;
  std::unique_ptr<Metrics::Watch> watch_;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_SERVER_SERVER_H_
