#ifndef PIXELCLIP_SERVER_SERVER_H_
#define PIXELCLIP_SERVER_SERVER_H_

#include <grpcpp/server.h>

#include <atomic>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "server/admin_service.h"
#include "server/metrics_endpoint.h"
#include "server/periodic_task.h"
#include "server/server_state.h"
#include "server/service.h"
#include "server/transport_security.h"

namespace pixelclip {

// A listening gRPC server: the Segmentation service, gRPC health and reflection; and, where the settings give
// them an address, ModelAdmin and the HTTP endpoint for metrics.
//
// Health knows three names: "" and "pixelclip.v1.Segmentation" are ready until the server is told to end;
// "liveness" is alive to the last.
class Server {
 public:
  // Listens and serves at once. `state` and `security` must outlive the server. UNAVAILABLE if an address
  // cannot be listened on.
  static absl::StatusOr<std::unique_ptr<Server>> Start(ServerState& state, TransportSecurity& security);

  // HOST:PORT with the real port; empty for what is not served.
  const std::string& address() const { return address_; }
  const std::string& admin_address() const { return admin_address_; }
  const std::string& metrics_address() const { return metrics_address_; }

  // Reports that it is not ready, goes on for settings.drain_delay_seconds, then accepts no more calls and
  // gives those in progress settings.drain_seconds to finish; cancels the rest. Returns when all have ended.
  void Shutdown();

 private:
  explicit Server(ServerState& state);

  absl::Status Listen(TransportSecurity& security);
  absl::Status ListenForAdmin(TransportSecurity& security);
  absl::Status ListenForMetrics();
  void SetReady(bool ready);

  ServerState& state_;
  SegmentationService service_;
  std::unique_ptr<AdminService> admin_service_;
  std::string address_;
  std::string admin_address_;
  std::string metrics_address_;
  std::atomic<bool> ready_ = false;
  std::unique_ptr<grpc::Server> grpc_;
  std::unique_ptr<grpc::Server> admin_;
  std::unique_ptr<MetricsEndpoint> metrics_;
  std::unique_ptr<PeriodicTask> reload_;
  std::unique_ptr<Metrics::Watch> watch_;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_SERVER_SERVER_H_
