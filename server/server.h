#ifndef PIXELCLIP_SERVER_SERVER_H_
#define PIXELCLIP_SERVER_SERVER_H_

#include <grpcpp/server.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "server/model_registry.h"
#include "server/service.h"
#include "server/settings.h"

namespace pixelclip {

// A listening gRPC server: the Segmentation service, gRPC health and reflection.
class Server {
 public:
  // Listens and serves at once. `models` and `settings` must outlive the server. UNAVAILABLE if the address
  // cannot be listened on.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const ModelRegistry& models,
                                                       const ServerSettings& settings);

  // HOST:PORT with the real port.
  const std::string& address() const { return address_; }

  // Reports NOT_SERVING, accepts no more calls, and gives those in progress settings.drain_seconds to finish;
  // then cancels the rest. Returns when all have ended.
  void Shutdown();

 private:
  Server(const ModelRegistry& models, const ServerSettings& settings);

  const ServerSettings& settings_;
  SegmentationService service_;
  std::string address_;
  std::unique_ptr<grpc::Server> grpc_;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_SERVER_SERVER_H_
